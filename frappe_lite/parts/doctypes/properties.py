"""Properties of a DocType as a whole that a site may say otherwise: the field that is its title, the order of lists."""

from __future__ import annotations

from collections.abc import Iterator

from ...doctype.meta import DocType
from ...errors import ValidationError
from ...utils import cstr
from ...values import Given

OF_DOCTYPE = (
    "title_field", "show_title_field_in_link", "image_field", "search_fields", "sort_field", "sort_order", "autoname",
    "allow_rename", "track_changes", "track_views", "max_attachments", "make_attachments_public", "allow_import",
    "allow_auto_repeat", "show_preview_popup", "quick_entry",
)  # fmt: skip
"""What a site may say otherwise of an app's DocType as a whole."""


def check_named_fields(meta: DocType, properties: Given) -> None:
    """Raise ValidationError where a property names a field that the DocType does not have, or one that does not fit."""
    known = {"name", *meta.columns}
    for property, names in _named(properties):
        for name in names:
            if name not in known:
                raise ValidationError.told(f"{property}: {meta.name} has no field {name} that keeps a value")
    image = meta.field(cstr(properties["image_field"])) if properties.get("image_field") else None
    if image is not None and image.fieldtype != "Attach Image":
        raise ValidationError.told(f"image_field: {image.fieldname} is a {image.fieldtype}, not an Attach Image")


def _named(properties: Given) -> Iterator[tuple[str, list[str]]]:
    """The fields that properties name: one; several with commas; several with a direction each."""
    for key in ("title_field", "image_field"):
        yield key, [cstr(properties[key])] if properties.get(key) else []
    for key in ("search_fields", "sort_field"):
        parts = (each.split() for each in cstr(properties.get(key)).split(","))
        yield key, [each[0] for each in parts if each]


__all__ = ["OF_DOCTYPE", "check_named_fields"]
