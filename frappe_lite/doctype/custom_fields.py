"""Where the custom fields of a site stand among the fields of a DocType: each after the one that it names, in turn.

A custom break that follows a break ends what that one begins: it stands before the next break. One that names no field
comes first, as in Frappe.

    fields a b, custom x after a, y after x   ->   a x y b
"""

from __future__ import annotations

from collections.abc import Sequence

Row = dict[str, object]


def merged(fields: Sequence[Row], custom: Sequence[Row]) -> list[Row]:
    """The fields with the custom ones in their places. One that names no field comes first, one that names an unknown
    field last."""
    by_name = {row.get("fieldname"): row for row in (*fields, *custom)}
    order = [row.get("fieldname") for row in fields]
    waiting: dict[object, list[object]] = {}
    first: list[object] = []
    for row in custom:
        place = row.get("insert_after")
        if not place:
            first.insert(0, row.get("fieldname"))
            continue
        waiting.setdefault(_before_next_break(place, row.get("fieldtype"), order, by_name), []).append(
            row.get("fieldname")
        )
    placed = [name for each in (*first, *order) for name in _with_followers(each, waiting)]
    rest = [
        name
        for names in list(waiting.values())
        for each in names
        for name in _with_followers(each, waiting)
        if name not in placed
    ]
    return [{**by_name[name], "idx": index} for index, name in enumerate(dict.fromkeys([*placed, *rest]), 1)]


def _before_next_break(place: object, fieldtype: object, order: list[object], by_name: dict[object, Row]) -> object:
    """The field after which a break stands that follows `place`."""
    if fieldtype not in ("Section Break", "Column Break") or place not in order:
        return place
    begun = by_name[place].get("fieldtype")
    target = place
    for name in order[order.index(place) + 1 :]:
        if by_name[name].get("fieldtype") == "Section Break" or by_name[name].get("fieldtype") == begun:
            break
        target = name
    return target


def _with_followers(name: object, waiting: dict[object, list[object]]) -> list[object]:
    """A field, then those that follow it, each with its own followers."""
    return [name, *(each for follower in waiting.pop(name, ()) for each in _with_followers(follower, waiting))]


__all__ = ["merged"]
