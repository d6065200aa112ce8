"""Lists and patterns that modules of Frappe's have beside their functions, and apps read.

EVENT_MAP["on_update"]                            ->  "After Save"
"PUT" in frappe.auth.UNSAFE_HTTP_METHODS          ->  True
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Set
from typing import Any

from ..access.identity import STANDARD_USERS
from ..whitelist import Method
from .context import ctx

EVENT_MAP = {
    "before_insert": "Before Insert", "after_insert": "After Insert", "before_validate": "Before Validate",
    "validate": "Before Save", "on_update": "After Save", "before_rename": "Before Rename",
    "after_rename": "After Rename", "before_submit": "Before Submit", "on_submit": "After Submit",
    "before_cancel": "Before Cancel", "on_cancel": "After Cancel", "before_discard": "Before Discard",
    "on_discard": "After Discard", "on_trash": "Before Delete", "after_delete": "After Delete",
    "before_update_after_submit": "Before Save (Submitted Document)",
    "on_update_after_submit": "After Save (Submitted Document)", "before_print": "Before Print",
    "on_payment_paid": "On Payment Paid", "on_payment_failed": "On Payment Failed",
    "on_payment_authorized": "On Payment Authorization",
    "on_payment_charge_processed": "On Payment Charge Processed",
    "on_payment_mandated_charge_processed": "On Payment Mandate Charge Processed",
    "on_payment_mandate_acquisition_processed": "On Payment Mandate Acquisition Processed",
}  # fmt: skip
"""Event of a document -> what people call it, in apps that let them choose one."""

SAFE_HTTP_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
UNSAFE_HTTP_METHODS = frozenset({"POST", "PUT", "DELETE", "PATCH"})
MAX_PASSWORD_SIZE = 512
STANDARD_ROLES = ("Administrator", "System Manager", "Script Manager", "All", "Guest")
QUEUES = ["default", "long", "short"]
JOB_STATUSES = ["queued", "started", "failed", "finished", "deferred", "scheduled", "canceled"]
URL_PREFIXES = ("http://", "https://")
FILE_ENCODING_OPTIONS = ("utf-8-sig", "utf-8", "windows-1250", "windows-1252")
DEFAULT_FIELD_LABELS = {
    "name": "ID", "creation": "Created On", "docstatus": "Document Status", "idx": "Index",
    "modified": "Last Updated On", "modified_by": "Last Updated By", "owner": "Created By",
    "_user_tags": "Tags", "_liked_by": "Liked By", "_comments": "Comments", "_assign": "Assigned To",
}  # fmt: skip

HTML_TAG_PATTERN = HTML_TAGS_PATTERN = re.compile(r"<[^>]+>")
WHITESPACE_PATTERN = re.compile(r"[\t\n\r]")
EMAIL_STRING_PATTERN = re.compile(r"([a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+)")
PHONE_NUMBER_PATTERN = re.compile(r"[0-9 +_\-,.*#()]{1,20}$")
PERSON_NAME_PATTERN = re.compile(r"^\w[\w'-]*( \w[\w'-]*)*$")
DURATION_PATTERN = re.compile(r"^(?:(\d+d)?((^|\s)\d+h)?((^|\s)\d+m)?((^|\s)\d+s)?)$")


def _named(values: object) -> object:
    return values.split(",") if isinstance(values, str) else values


OPERATOR_MAP: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "/": operator.truediv, "*": operator.mul,
    "=": operator.eq, "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
    "<=": operator.le, "=<": operator.le, ">=": operator.ge, "=>": operator.ge,
    "like": lambda key, value: key.like(value), "not like": lambda key, value: key.not_like(value),
    "in": lambda key, value: key.isin(_named(value)), "not in": lambda key, value: key.notin(_named(value)),
    "regex": lambda key, value: key.regex(value), "between": lambda key, value: key[slice(*value)],
    "is": lambda key, value: key != "" if value.lower() == "set" else key.isnull() | (key == ""),
}  # fmt: skip
"""Operator of a filter -> the function that says it of a column of `frappe.qb`."""


class Functions(Set[object]):
    """The functions that clients may call, those of them that `is_meant`: asked, not copied, for apps are loaded
    later."""

    def __init__(self, is_meant: Callable[[Method], bool]):
        self.is_meant = is_meant

    def __contains__(self, function: object) -> bool:
        method = getattr(function, "whitelisted", None)
        return isinstance(method, Method) and self.is_meant(method)

    def __iter__(self) -> Iterator[object]:
        return (each.function for each in ctx().site.methods.values() if self.is_meant(each))

    def __len__(self) -> int:
        return sum(1 for _ in self)


whitelisted = Functions(lambda method: True)
guest_methods = Functions(lambda method: method.allow_guest)

__all__ = ["STANDARD_USERS", "guest_methods", "whitelisted"]
