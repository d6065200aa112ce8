"""`frappe.model.docstatus`: whether a document is a draft, submitted or cancelled, as a number that answers
questions."""

from __future__ import annotations

from ..utils import cint


class DocStatus(int):
    """0, 1 or 2."""

    DRAFT: DocStatus
    SUBMITTED: DocStatus
    CANCELLED: DocStatus

    def is_draft(self) -> bool:
        """Whether the document may still be changed."""
        return self == 0

    def is_submitted(self) -> bool:
        """Whether it counts."""
        return self == 1

    def is_cancelled(self) -> bool:
        """Whether it counts no longer."""
        return self == 2

    @staticmethod
    def draft() -> DocStatus:
        """0."""
        return DocStatus.DRAFT

    @staticmethod
    def submitted() -> DocStatus:
        """1."""
        return DocStatus.SUBMITTED

    @staticmethod
    def cancelled() -> DocStatus:
        """2."""
        return DocStatus.CANCELLED


DocStatus.DRAFT, DocStatus.SUBMITTED, DocStatus.CANCELLED = DocStatus(0), DocStatus(1), DocStatus(2)


class StatusAttribute:
    """`doc.docstatus`: a number in the document, a DocStatus when it is looked at."""

    def __get__(self, document: object, _owner: object = None) -> StatusAttribute | DocStatus:
        return self if document is None else DocStatus(cint(document.__dict__.get("docstatus")))

    def __set__(self, document: object, value: object) -> None:
        document.__dict__["docstatus"] = int(value) if isinstance(value, DocStatus) else value


__all__ = ["DocStatus"]
