"""Comment: what somebody says about a document."""

from __future__ import annotations

from .. import comments
from ..life import Document


class CommentController(Document):
    """What somebody says about a document; the document knows its last comments."""

    comment_email: object

    def validate(self) -> None:
        self.comment_email = self.comment_email or self.ctx.user

    def on_update(self) -> None:
        comments.remember(self.ctx, self.__dict__)

    def on_trash(self) -> None:
        comments.forget(self.ctx, self.__dict__)
