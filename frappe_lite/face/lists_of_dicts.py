"""`frappe.core.utils`: what stands in a list, found by a function."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .texts.html_texts import strip_html_tags


def find(list_of_dict: Iterable[object], match_function: Callable[[object], object]) -> object:
    """The first entry that fits; None for none."""
    return next((each for each in list_of_dict if match_function(each)), None)


def find_all(list_of_dict: Iterable[object], match_function: Callable[[object], object]) -> list[object]:
    """Every entry that fits."""
    return [each for each in list_of_dict if match_function(each)]


def ljust_list(_list: list[object], length: int, fill_word: object = None) -> list[object]:
    """A list filled up to a length; the same list."""
    _list.extend([fill_word] * (length - len(_list)))
    return _list


def html2text(html: object, strip_links: bool = False, wrap: bool = True) -> str:
    """The text of HTML."""
    return strip_html_tags(html)


__all__ = ["find", "find_all", "html2text", "ljust_list"]
