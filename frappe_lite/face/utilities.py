"""The rest of `frappe.utils`: what app code asks of it and the package itself does not.

Small helpers for text, lists and dicts. The package's own are in `frappe_lite/utils/`; dates, numbers, HTML and checks
have modules of their own here.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import importlib
import json
import mimetypes
import os
import re
import secrets
import string
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..protocol import to_wire
from ..utils import _dict, cstr
from ..values import Function, Values
from .database.transactions import CallbackManager as CallbackManager
from .installation import call as call_function
from .installation import get_attr, get_hooks
from .missing import NotProvidedError
from .model.documents import as_json, db, get_all

# --- text ---


def random_string(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(length))


def sha256_hash(input: object) -> str:
    """The SHA-256 of text or bytes, in hexadecimal."""
    return hashlib.sha256(input if isinstance(input, bytes) else cstr(input).encode()).hexdigest()


def comma_sep(some_list: object, pattern: str, add_quotes: bool = True) -> object:
    """Items in a row, the last two by a pattern such as `{0} or {1}`; one alone without quotes; what is no list
    stays."""
    if not isinstance(some_list, list | tuple):
        return some_list
    if len(some_list) < 2:
        return "".join(map(str, some_list))
    texts = [f"'{item}'" if add_quotes else str(item) for item in some_list]
    return pattern.format(", ".join(texts[:-1]), texts[-1])


def comma_or(some_list: object, add_quotes: bool = True) -> object:
    """`'a', 'b' or 'c'`."""
    return comma_sep(some_list, "{0} or {1}", add_quotes)


def comma_and(some_list: object, add_quotes: bool = True) -> object:
    """`'a', 'b' and 'c'`."""
    return comma_sep(some_list, "{0} and {1}", add_quotes)


def new_line_sep(some_list: object) -> object:
    """Items below one another, as the options of a Select."""
    return "\n ".join(map(str, some_list)) if isinstance(some_list, list | tuple) else some_list


def filter_strip_join(some_list: Iterable[object], sep: str) -> str:
    """What is set of a list, without spaces around, joined."""
    return cstr(sep).join(cstr(each).strip() for each in some_list if each)


def list_to_str(seq: Iterable[object], sep: str = ", ") -> str:
    """Items without spaces around, joined."""
    return sep.join(str(each).strip() for each in seq)


def dict_to_str(args: Mapping[str, object], sep: str = "&") -> str:
    """A dict as the query string of an address."""
    return sep.join(f"{key}={quote(str(value or ''))}" for key, value in args.items())


def get_abbr(string: str, max_len: int = 2) -> str:
    """The first letters of words."""
    return "".join(word[0] for word in string.split(" ") if word)[:max_len] or "?"


def strip(val: object, chars: str | None = None) -> str:
    """Text without what stands around it, and without the marks that nobody sees."""
    return cstr(val).replace("\ufeff", "").replace("\u200b", "").strip(chars)


def get_string_between(start: str, string: object, end: str) -> str:
    """What stands between two patterns; the whole text where they are not in it."""
    found = re.search(f"{start}(.*){end}", cstr(string))
    return found[1] if found else cstr(string)


def encode(obj: object, encoding: str = "utf-8") -> object:
    """Bytes of text, or of the text in a list."""
    if isinstance(obj, list):
        return [encode(each, encoding) for each in obj]
    return obj.encode(encoding) if isinstance(obj, str) else obj


def safe_decode(param: object, encoding: str = "utf-8", fallback_map: Mapping[str, str] | None = None) -> object:
    """Text of bytes; what is none, or cannot be read, stays. An encoding that nobody knows is read as `fallback_map`
    says, else as UTF-8."""
    if not isinstance(param, bytes):
        return param
    for each in (encoding, (fallback_map or {}).get(encoding, "utf-8")):
        try:
            return param.decode(each)
        except LookupError:
            continue
        except UnicodeDecodeError:
            break
    return param


def safe_encode(param: object, encoding: str = "utf-8") -> object:
    """Bytes of text; what is none, or cannot be written so, stays."""
    try:
        return param.encode(encoding) if isinstance(param, str) else param
    except (LookupError, UnicodeEncodeError):
        return param


def slug(name: str) -> str:
    """`Sales Order` -> `sales-order`, as addresses of the desk have it."""
    return name.lower().replace(" ", "-")


def is_image(filepath: object) -> bool:
    """Whether a path ends as a picture's does."""
    return (mimetypes.guess_type(cstr(filepath).partition("?")[0])[0] or "").startswith("image/")


def is_git_url(url: str) -> bool:
    """Whether an address is a git repository's."""
    return bool(re.match(r"(?:git|ssh|https?|\w*@[-\w.]+):(//)?(.*?)(\.git)?(/?|#[-\w._]+?)$", url))


def get_gravatar_url(email: object, default: str = "mm") -> str:
    """The address of somebody's picture at gravatar.com; nothing is asked there."""
    digest = hashlib.md5(cstr(email).encode(), usedforsecurity=False).hexdigest()
    return f"https://secure.gravatar.com/avatar/{digest}?d={default}&s=200"


# --- lists and dicts ---


def unique(seq: Iterable[object]) -> list[object]:
    """Each item once, in order."""
    return list(dict.fromkeys(seq))


def create_batch(iterable: Any, size: int) -> Iterator[object]:
    """A sequence in pieces."""
    for start in range(0, len(iterable), size):
        yield iterable[start : start + size]


def has_common(l1: Iterable[object], l2: Iterable[object]) -> set[object]:
    """What two lists have in common, as a set."""
    return set(l1) & set(l2)


def is_subset(list_a: Iterable[object], list_b: Iterable[object]) -> bool:
    """Whether each item of the one stands in the other."""
    return set(list_a) <= set(list_b)


def dict_with_keys(dict: Mapping[object, object], keys: Iterable[object]) -> dict[object, object]:
    """A dict with those of its keys."""
    wanted = set(keys)
    return {key: value for key, value in dict.items() if key in wanted}


def remove_blanks(d: dict[object, object]) -> dict[object, object]:
    """The same dict, without what is not set."""
    for key in [key for key, value in d.items() if not value]:
        del d[key]
    return d


def squashify(what: object) -> object:
    """The one item of a list that has one; what is none stays."""
    return what[0] if isinstance(what, Sequence) and len(what) == 1 else what


def safe_json_loads(*args: Any) -> object:
    """The values of JSON texts, one alone as itself; text that is none stays."""
    found = []
    for each in args:
        try:
            found.append(json.loads(each))
        except (TypeError, ValueError):
            found.append(each)
    return squashify(found)


def get_safe_filters(filters: object) -> object:
    """Filters that came as JSON text; a number is a name."""
    found = safe_json_loads(filters)
    return cstr(found) if isinstance(found, int | float) and not isinstance(filters, int | float) else found


def dictify(arg: object) -> object:
    """Dicts whose keys are attributes too, in a list as well."""
    if isinstance(arg, list):
        arg[:] = map(dictify, arg)
    return _dict(arg) if isinstance(arg, dict) else arg


def groupby_metric(
    iterable: Mapping[object, Iterable[Mapping[str, object]]], key: str
) -> dict[object, dict[object, list[object]]]:
    """`{category: rows}` as `{value of key: {category: rows}}`."""
    found: dict[object, dict[object, list[object]]] = {}
    for category, rows in iterable.items():
        for row in rows:
            found.setdefault(row[key], {}).setdefault(category, []).append(row)
    return found


def parse_val(v: object) -> object:
    """A date as text, a length of time as hours and minutes."""
    if isinstance(v, datetime.timedelta):
        return ":".join(str(v).split(":")[:2])
    return str(v) if isinstance(v, datetime.date) else v


# --- the rest ---


cached_property = functools.cached_property


def is_a_property(x: object) -> bool:
    """Whether an attribute of a class is a property."""
    return isinstance(x, property | functools.cached_property)


def get_defaults(key: str | None = None) -> object:
    """The site's defaults, or one of them."""
    return db.get_defaults(key)


def set_default(key: str, val: object) -> None:
    """Keep a default for the site."""
    db.set_default(key, val)


def get_table_name(table_name: str, wrap_in_backticks: bool = False) -> str:
    """The table of a DocType."""
    name = table_name if table_name.startswith("__") else f"tab{table_name}"
    return f"`{name}`" if wrap_in_backticks else name


def get_hook_method(hook_name: str, fallback: object = None) -> object:
    """The function that the apps name first under a hook; else the fallback."""
    named = get_hooks(hook_name)
    return get_attr(named[0]) if named else fallback


def call_hook_method(hook: str, *args: object, **kwargs: object) -> object:
    """The first answer of the functions that the apps name under a hook; after it no other is asked."""
    for dotted in get_hooks(hook):
        if found := get_attr(dotted)(*args, **kwargs):
            return found
    return None


def call(fn: object, *args: object, **kwargs: object) -> object:
    """The answer of a function as JSON would have it."""
    return json.loads(as_json(call_function(fn, *args, **kwargs)))


def get_db_count(*args: str) -> dict[str, int]:
    """How many documents there are of each DocType."""
    return {doctype: db.count(doctype) for doctype in args}


def get_file_size(path: str, format: bool = False) -> float | str:
    """The bytes of a file, or `1.5KiB`."""
    number: float = os.path.getsize(path)
    if not format:
        return number
    units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"]
    while number >= 1024 and len(units) > 1:
        number, units = number / 1024, units[1:]
    return f"{number:3.1f}{units[0]}B"


def get_job_name(key: str, doctype: str | None = None, doc_name: str | None = None) -> str:
    """A name for a job: `key_DocType_name`."""
    return "_".join(filter(None, (key, doctype, doc_name)))


def get_request_session(max_retries: int = 5) -> Any:
    """A session of the package requests that asks again where a server fails. Raises NotProvidedError without it."""
    try:
        requests: Any = importlib.import_module("requests")
        adapters: Any = importlib.import_module("requests.adapters")
    except ImportError:
        raise NotProvidedError.told(
            "Requests to other servers need requests, which is not installed: pip install requests"
        ) from None
    session = requests.Session()
    adapter = adapters.HTTPAdapter(max_retries=adapters.Retry(total=max_retries, status_forcelist=[500]))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def add_user_info(user: Any, user_info: Values) -> None:
    """Put name, picture and address of users into a dict, of those that are not in it."""
    wanted = [each for each in ([user] if isinstance(user, str) else user or ()) if each not in user_info]
    fields = ["full_name", "user_image", "name", "email", "time_zone"]
    for row in get_all("User", {"name": ["in", wanted]}, fields) if wanted else ():
        known = _dict(
            fullname=row.full_name or row.name,
            image=row.user_image,
            name=row.name,
            email=row.email,
            time_zone=row.time_zone,
        )
        user_info[row.name] = known


def json_handler(obj: object) -> object:
    """A JSON value for what `json` does not know, for `json.dumps(…, default=json_handler)`. Raises TypeError."""
    if isinstance(obj, type) or callable(obj) or isinstance(obj, Exception):
        if type(obj) is not type and isinstance(obj, type):
            raise TypeError(f"{obj!r} is not JSON serializable")
        return repr(obj)
    if isinstance(obj, uuid.UUID | os.PathLike):
        return str(obj)
    return obj.string if isinstance(obj, re.Match) else to_wire(obj)


def update_progress_bar(txt: str, i: int, l: int, absolute: bool = False) -> None:  # noqa: E741 - Frappe's name
    """There is no terminal to draw on."""


def is_cli() -> bool:
    """Whether somebody sits at a terminal: nobody does."""
    return False


def validate_and_sanitize_search_inputs(fn: Callable[..., object]) -> Function:
    """A decorator of functions that answer link fields.

    Their arguments are checked where they are bound, so it changes nothing.
    """
    return fn


def is_rtl(lang: str | None = None) -> bool:
    """Whether a language is written from right to left; texts are English here."""
    return False


def read_only() -> Callable[[Function], Function]:
    """A decorator that sends reads to a replica, of which there is none."""
    return lambda function: function


write_only = read_only
