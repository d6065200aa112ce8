"""What stands beside a document and is asked of the document itself: comments, tags, assignments, likes, views,
errors."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ... import document
from ...document import history, schema
from ...document.base_document import BaseDocument
from ...query import Condition
from ...utils import _dict, cint, cstr
from ...whitelist import describe, marked
from ..installation import get_url_to_form
from ..jobs.enqueueing import enqueue_doc
from ..messages import log_error


class Records(BaseDocument):
    """The part of a document that app code sees which knows its records."""

    if TYPE_CHECKING:

        def db_set(
            self,
            fieldname: object,
            value: object = None,
            update_modified: bool = True,
            notify: bool = False,
            commit: bool = False,
        ) -> None:
            """Write values at once."""

    # --- for forms ---

    def set_onload(self, key: str, value: object) -> None:
        """Give a value out with the document when a form reads it."""
        self.__dict__.setdefault("__onload", _dict())[key] = value

    def get_onload(self, key: str | None = None) -> object:
        """What is given out with it."""
        values = self.__dict__.get("__onload") or _dict()
        return values if key is None else values.get(key)

    def get_url(self) -> str:
        """The document's address in the desk."""
        return get_url_to_form(self.doctype, self.name)

    def get_signature(self) -> str:
        """A hash of name and state, for links that need no login."""
        return hashlib.sha224(f"{self.doctype}:{self.name}:{self.__dict__.get('modified')}".encode()).hexdigest()

    # --- tags, assignments, likes ---

    def get_tags(self) -> list[str]:
        """The document's tags."""
        return [each for each in cstr(self.get("_user_tags")).split(",") if each]

    def add_tag(self, tag: str) -> None:
        """Tag the document."""
        if tag not in self.get_tags():
            schema.insert_record(self._context, "Tag", tag)
            self.db_set("_user_tags", ",".join([*self.get_tags(), tag]), update_modified=False)
            record = f"{self.doctype}-{self.name}-{tag}"[:140]
            schema.insert_record(
                self._context, "Tag Link", record, document_type=self.doctype, document_name=cstr(self.name), tag=tag
            )

    def get_assigned_users(self) -> set[str]:
        """Users that have the document to do."""
        condition = Condition(
            "reference_type = ? AND reference_name = ? AND status = 'Open'", (self.doctype, cstr(self.name))
        )
        return {
            row["allocated_to"]
            for row in self._context.store.find(self._context.meta("ToDo"), condition, ("allocated_to",))
        }

    def get_liked_by(self) -> list[str]:
        """Users that like it."""
        return list(json.loads(self.get("_liked_by") or "[]"))

    # --- comments, views, errors ---

    def _comment_of_client(self, text: str, comment_type: str = "Comment") -> object:
        """What a client may say: in nobody else's name."""

    @marked(describe(_comment_of_client, methods=["POST", "PUT"]))
    def add_comment(
        self,
        comment_type: str = "Comment",
        text: str | None = None,
        comment_email: str | None = None,
        comment_by: str | None = None,
    ) -> BaseDocument:
        """Attach a Comment."""
        values = history.comment_values(
            self._context, self.doctype, self.name, text or comment_type, comment_type, comment_email, comment_by
        )
        made: BaseDocument = document.new(self._context.trusted(), {"doctype": "Comment", **values}).insert()
        return made

    def add_viewed(
        self, user: str | None = None, force: bool = False, unique_views: bool = False
    ) -> BaseDocument | None:
        """Keep a View Log, where the DocType keeps them or with `force`; one a user with `unique_views`."""
        who, ctx = user or self._context.user, self._context.trusted()
        values = {"reference_doctype": self.doctype, "reference_name": cstr(self.name), "viewed_by": who}
        known = Condition("reference_doctype = ? AND reference_name = ? AND viewed_by = ?", tuple(values.values()))
        if (
            not (cint(self._meta.track_views) or force)
            or unique_views
            and ctx.store.find(ctx.meta("View Log"), known, ("name",))
        ):
            return None
        made: BaseDocument = document.new(ctx, {"doctype": "View Log", **values}).insert()
        return made

    def add_seen(self, user: str | None = None) -> None:
        """Remember that a user has seen the document, where the DocType keeps that."""
        seen = json.loads(self.get("_seen") or "[]")
        if "_seen" in self._meta.columns and (user or self._context.user) not in seen:
            self.db_set("_seen", json.dumps([*seen, user or self._context.user]), update_modified=False)

    def reset_seen(self) -> None:
        """Let only the user have seen the document."""
        if "_seen" in self._meta.columns and not self.is_new():
            self.db_set("_seen", json.dumps([self._context.user]), update_modified=False)

    def log_error(self, title: object = None, message: object = None) -> BaseDocument:
        """Keep an Error Log about the document."""
        return log_error(title, message, self.doctype, self.name)

    # --- what there is nothing to do for ---

    def clear_cache(self) -> None:
        """Documents are not cached."""

    def notify_update(self) -> None:
        """Frappe tells open browsers over a socket; there is none here."""

    notify_change = run_notifications = notify_update

    def lock(self, timeout: float | None = None) -> None:
        """Whoever writes here is the only one."""

    unlock = check_if_locked = clear_cache

    @property
    def is_locked(self) -> bool:
        """Whether somebody else is at work on it: nobody."""
        return False

    def queue_action(self, action: str, **kwargs: Any) -> None:
        """Run one of the document's methods after this request's commit."""
        enqueue_doc(self.doctype, self.name, f"_{action}" if hasattr(self, f"_{action}") else action, **kwargs)


__all__ = ["Records"]
