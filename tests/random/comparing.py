"""When an answer of ours counts as one that a real Frappe gave to a request at random.

Two servers were asked, a year apart; agreeing with either counts. An answer is compared without times, random names and
traces; `words` compares the texts of messages too.

    verdict(comparable(ours), [those of both])   ->   "agree", or the kind of difference
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

_HASH = re.compile(r"^[a-z0-9]{10}$")
_RANDOM = re.compile(r"(?<![\w@.-])(?=[a-z]*[0-9])[a-z0-9]{10}(?![\w@.-])")
_KEY = re.compile(r"^[0-9a-f]{15}$")
_STAMP = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
_OF_THE_DATA = ("2026-01", "2026-05", "2026-06", "2026-12", "2020", "2030", "2025", "0001", "2001")
_DROPPED = frozenset(
    "exc _exc_source _debug_messages __frappe_exc_id exception __last_sync_on __unsaved __islocal __onload title alert"
    " __run_link_triggers raise_exception as_list as_table primary_action indicator".split()
)
_VOLATILE = frozenset(
    "creation modified last_active last_login last_ip last_known_versions api_secret access_token refresh_token id_token"
    " content_hash expiration_time iat exp last_password_reset_date reset_password_key user_id sid _seen client_secret"
    " client_id nonce at_hash communication_date comment_email sub iss home_page".split()
)
_NAMES = ("name", "docname", "reference_name", "parent")
Answer = dict[str, Any]


def _text(message: Any) -> str:
    return _now(_named(" ".join(html.unescape(re.sub(r"<[^>]+>", " ", str(message))).split())))


def _named(text: str) -> str:
    """Random names in a sentence are one as good as another."""
    return _RANDOM.sub("<hash>", text) if " " in text else text


def _now(text: str) -> str:
    """Moments of the run become <now>; those of the data stay."""
    return _STAMP.sub(lambda found: found[0] if found[0].startswith(_OF_THE_DATA) else "<now>", text)


def _plain(value: Any, saved: Mapping[str, Any], key: str, words: bool) -> Any:
    if isinstance(value, dict):
        return _plain_object(value, saved, words)
    if isinstance(value, list):
        return [_plain(each, saved, key, words) for each in value]
    if isinstance(value, str):
        return _plain_text(value, saved, key, words)
    if isinstance(value, float):
        return int(value) if value == int(value) and abs(value) < 1e18 else round(value, 6)
    return value


def _plain_object(value: dict[str, Any], saved: Mapping[str, Any], words: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, each in value.items():
        if key == "api_key" and isinstance(each, str) and _KEY.match(each):
            found[key] = "<key>"
        elif key in _DROPPED and not (key == "title" and "message" not in value and "name" in value):
            continue
        elif key == "_server_messages" and isinstance(each, str):
            found[key] = _messages(each) if words else "<messages>"
        elif key in ("errors", "messages") and isinstance(each, list):
            found[key] = _told(each, words) if key == "errors" or words else "<messages>"
        elif key == "_error_message":
            found.update({key: _text(each)} if words else {})
        elif key in _VOLATILE and isinstance(each, str | int | float) and each not in ("", 0, None):
            found[key] = "<volatile>"
        else:
            found[key] = _plain(each, saved, key, words)
    return found


def _messages(text: str) -> list[Any]:
    said = [json.loads(each) if isinstance(each, str) else each for each in json.loads(text)]
    return [_text(each.get("message", "")) if isinstance(each, dict) else each for each in said]


def _told(messages: list[Any], words: bool) -> list[Any]:
    return [
        {"type": each.get("type"), **({"message": _text(each.get("message", ""))} if words else {})}
        if isinstance(each, dict)
        else each
        for each in messages
    ]


def _plain_text(value: str, saved: Mapping[str, Any], key: str, words: bool) -> Any:
    if key == "data" and value.startswith("{"):  # of a Version
        try:
            told = {name: each for name, each in json.loads(value).items() if each is not None}
            return _plain(told, saved, "version", words)
        except ValueError:
            pass
    if _HASH.match(value) and (value in saved.values() or any(map(str.isdigit, value)) or key in _NAMES):
        return "<hash>"
    for name, each in saved.items():
        if isinstance(each, str) and len(each) >= 5 and each in value:
            value = value.replace(each, "{{" + name + "}}")
    return _now(value)


def comparable(status: int, ctype: str, body: Any, text: str, saved: Mapping[str, Any], words: bool) -> Answer:
    """What is compared of one answer."""
    found: Answer = {"status": 200 if status == 201 else status}
    if body is None:
        return {**found, "text": text[:200] if words else "<text>", "ctype": ctype.partition(";")[0]}
    if isinstance(body, dict):
        body = dict(body)
        if status >= 400:
            said, first = body.pop("message", None), (body.get("errors") or [{}])[0]
            found["exc_type"] = body.get("exc_type") or (first.get("type") if isinstance(first, dict) else None)
            if words and said is not None:
                body["message_text"] = said
            if not words:
                for key in ("_server_messages", "messages", "exc_type", "errors", "_error_message"):
                    body.pop(key, None)
        elif not words:
            body.pop("messages", None)
    return {**found, "body": _plain(body, saved, "", words)}


def recorded(answer: Any) -> Any:
    """A recorded answer, with its marks as they are written here, and without the moments of its run."""
    if isinstance(answer, dict):
        return {
            key: recorded(each) for key, each in answer.items() if not (key == "updater_reference" and each is None)
        }
    if isinstance(answer, list):
        return [recorded(each) for each in answer]
    if not isinstance(answer, str):
        return answer
    return {"<vol>": "<volatile>", "<msgs>": "<messages>"}.get(answer) or _now(_named(answer))


def verdict(ours: Answer, both: list[Answer]) -> str:
    """'agree', or the kind of difference from the nearer of the two."""
    if ours["status"] >= 500:
        return "5xx"
    answers = [each for each in both if each["status"] < 500]
    if not answers or ours in answers:
        return "agree"
    if ours["status"] == 400 and any(each["status"] in (400, 417) for each in answers):
        return "agree"  # the specification: what cannot be understood is 400
    if ours["status"] == 417 and len(answers) < len(both):
        return "agree"  # one version fails with a 5xx: a value that breaks a rule is refused here
    same = [each for each in answers if each["status"] == ours["status"]]
    if not same:
        return "status"
    return "data" if any(each.get("exc_type") == ours.get("exc_type") for each in same) else "exc_type"
