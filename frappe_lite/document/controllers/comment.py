"""Comment: what somebody says about a document."""

from __future__ import annotations

from typing import Any

from ...context import Context
from ...utils import cstr
from .. import comments, history
from ..life import Document
from ..loading import new


class CommentController(Document):
    """What somebody says about a document; the document knows its last comments."""

    comment_email: Any

    def validate(self) -> None:
        self.comment_email = self.comment_email or self.ctx.user

    def on_update(self) -> None:
        comments.remember(self.ctx, self.__dict__)

    def on_trash(self) -> None:
        comments.forget(self.ctx, self.__dict__)


def write_comment(
    ctx: Context, doctype: str, name: Any, text: str, comment_email: str | None = None, comment_by: str | None = None
) -> Any:
    """Store what a person says about a document, with its events: apps tell others of it. The Comment."""
    values = {
        "doctype": "Comment", "comment_type": "Comment", "reference_doctype": doctype, "reference_name": cstr(name),
        "content": text, "comment_email": comment_email or ctx.user,
        "comment_by": comment_by or history.full_name(ctx, ctx.user),
    }  # fmt: skip
    return new(ctx.trusted(), values).insert(ignore_links=True)
