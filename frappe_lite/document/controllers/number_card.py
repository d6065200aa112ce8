"""Number Card: called by its label, with a number where another has it."""

from __future__ import annotations

from ...errors import ValidationError
from ...utils import cstr
from ..life import Document
from .linked import free_name


class NumberCardController(Document):
    """A number of a dashboard."""

    def autoname(self) -> None:
        if not cstr(self.name):
            self.name = free_name(self.ctx, self.meta, cstr(self.label))

    def validate(self) -> None:
        """Raises ValidationError for a card of which nothing could be counted."""
        if self.type == "Document Type" and not (self.document_type and self.function):
            raise ValidationError.told("Document Type and Function are required to create a number card")
        if self.type == "Document Type" and self.function != "Count" and not self.aggregate_function_based_on:
            raise ValidationError.told("Aggregate Field is required to create a number card")
