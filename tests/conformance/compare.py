"""When an answer of ours counts as the recorded one.

Two steps. `comparable` brings an answer into the form of a recorded one: times, hashes and tokens become `<volatile>`,
names of child rows `<row>`, values that an earlier step saved `{{name}}`, the day `<today>`, messages plain text. `without_words` then takes
the texts of messages out of either side, so that one value gives both scores:

    comparable(…) in expected                                      ->  words: the same to a person
    without_words(comparable(…)) in map(without_words, expected)   ->  wire: the same to a program
"""

from __future__ import annotations

import datetime
import html
import json
import re
from collections.abc import Mapping
from typing import Any

CHANGING = frozenset(
    "creation modified last_active last_login last_ip last_known_versions last_password_reset_date remind_at _seen"
    " api_secret access_token refresh_token id_token client_secret client_id reset_password_key sid nonce at_hash sub iss iat exp expiration_time"
    " file_url file_name content_hash communication_date comment_email user_id home_page".split()
)
"""Keys whose values differ from run to run: only that they are there is compared."""

FOR_DEVELOPERS = frozenset(
    {
        "exc",
        "exception",
        "_exc_source",
        "_debug_messages",
        "__frappe_exc_id",
        "__last_sync_on",
        "__unsaved",
        "__islocal",
    }
)
"""Keys that are never compared: traces, and marks of the desk."""

PRESENTATION = frozenset({"raise_exception", "as_list", "as_table", "primary_action"})
"""Keys of a message that say how a browser shows it."""

TEXTS = frozenset({"message_text", "_error_message"})
MESSAGE_LISTS = frozenset({"_server_messages", "errors", "messages"})


def fill(value: Any, saved: Mapping[str, Any]) -> Any:
    """`value` with each {{name}} replaced by what was saved under it; alone in a text it keeps its type."""
    if isinstance(value, dict):
        return {key: fill(item, saved) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, saved) for item in value]
    if not isinstance(value, str):
        return value
    alone = re.fullmatch(r"\{\{(\w+)\}\}", value)
    return saved[alone[1]] if alone else re.sub(r"\{\{(\w+)\}\}", lambda mark: str(saved[mark[1]]), value)


def at(body: Any, path: str) -> Any:
    """The value at a dotted path, such as data.items.0.name. Raises LookupError, TypeError or ValueError."""
    for step in path.split("."):
        body = body[int(step)] if isinstance(body, list) else body[step]
    return body


def comparable(
    status: int,
    text: str,
    step: Mapping[str, Any],
    saved: Mapping[str, Any],
    headers: Mapping[str, str],
    cookies: list[str],
) -> dict[str, Any]:
    """What is compared of an answer, words included."""
    answer: dict[str, Any] = {"status": status}
    if step.get("status_only"):
        return answer
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if body is not None:
        answer["body"] = _comparable_body(body, status, step, saved)
    elif step.get("compare_text"):
        answer["text"] = text
    if step.get("check_headers"):
        answer["headers"] = {name: headers.get(name) for name in step["check_headers"]}
    if step.get("check_cookies"):
        answer["cookies"] = sorted(cookies)
    return answer


def with_today(value: Any, today: datetime.date) -> Any:
    """`value` with that date as `<today>`: a recorded day must not fail when the calendar reaches it."""
    if isinstance(value, dict):
        return {key: with_today(item, today) for key, item in value.items()}
    if isinstance(value, list):
        return [with_today(item, today) for item in value]
    return "<today>" if value == today.isoformat() else value


def _comparable_body(body: Any, status: int, step: Mapping[str, Any], saved: Mapping[str, Any]) -> Any:
    if isinstance(body, dict) and "message" in body and (status >= 400 or step.get("words_in_message")):
        body["message_text"] = body.pop("message")
    marks = sorted(
        ((value, "{{" + name + "}}") for name, value in saved.items() if isinstance(value, str) and len(value) > 4),
        key=lambda mark: -len(mark[0]),
    )
    body = _normal(body, marks, frozenset(step.get("ignore", ())))
    if step.get("sort"):
        at(body, step["sort"]).sort(key=lambda item: json.dumps(item, sort_keys=True))
    if step.get("only"):
        return {path: _at_or_absent(body, path) for path in step["only"]}
    return body


def _at_or_absent(body: Any, path: str) -> Any:
    try:
        return at(body, path)
    except (LookupError, TypeError, ValueError):
        return "<absent>"


def _normal(value: Any, marks: list[tuple[str, str]], ignored: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_normal(item, marks, ignored) for item in value]
    if isinstance(value, dict):
        is_row = "parentfield" in value and "idx" in value
        return {
            key: _normal_item(key, item, is_row, marks, ignored)
            for key, item in value.items()
            if key not in FOR_DEVELOPERS | ignored
        }
    if isinstance(value, str):
        for text, mark in marks:
            value = value.replace(text, mark)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _normal_item(key: str, value: Any, is_row: bool, marks: list[tuple[str, str]], ignored: frozenset[str]) -> Any:
    if key in CHANGING and isinstance(value, str | int | float) and value not in ("", 0):
        return "<volatile>"
    if key == "name" and is_row and isinstance(value, str):
        return "<row>"
    if key == "_server_messages" and isinstance(value, str):
        value = json.loads(value)
    if key in MESSAGE_LISTS and isinstance(value, list):
        return [_normal_message(each) for each in value]
    return _normal(value, marks, ignored)


def _normal_message(given: Any) -> Any:
    """A message as an object, its text without markup."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = {"message": given}
    if not isinstance(given, dict):
        return given
    shown = {key: value for key, value in given.items() if key not in FOR_DEVELOPERS | PRESENTATION}
    if "message" in shown:
        shown["message"] = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", str(shown["message"]))).split())
    return shown


def without_words(value: Any) -> Any:
    """An answer, recorded or ours, without the texts that only people read."""
    if isinstance(value, list):
        return [without_words(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for key, item in value.items():
        if key in TEXTS:
            kept[key] = "<words>"
        elif key in MESSAGE_LISTS and isinstance(item, list):
            kept[key] = [_wordless_message(each) for each in item]
        else:
            kept[key] = without_words(item)
    return kept


def _wordless_message(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {key: "<words>" if key == "message" else value for key, value in given.items() if key != "title"}


def difference(wanted: Any, got: Any, where: str = "answer") -> str:
    """The first place where two values differ, for a person to read; empty text if none."""
    if wanted == got:
        return ""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key in [*wanted, *(key for key in got if key not in wanted)]:
            if (key in wanted) != (key in got):
                return f"{where}.{key}: {'is missing' if key in wanted else 'should not be there'}: {json.dumps(wanted.get(key, got.get(key)))[:200]}"
            if wanted[key] != got[key]:
                return difference(wanted[key], got[key], f"{where}.{key}")
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return next(
            difference(left, right, f"{where}.{index}")
            for index, (left, right) in enumerate(zip(wanted, got, strict=True))
            if left != right
        )
    return f"{where}: expected {json.dumps(wanted)[:300]}, got {json.dumps(got)[:300]}"
