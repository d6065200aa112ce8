"""Pictures as app code works on them: `frappe.utils.image`, `get_local_image`. Needs Pillow, which the app brings."""

from __future__ import annotations

import importlib
import io
from types import ModuleType

from .. import document
from ..errors import ValidationError
from ..utils import cstr
from .context import ctx
from .messages import msgprint
from .model.documents import db

LEAST_WIDTH = LEAST_HEIGHT = 200
"""Pictures are made no smaller than this."""


def get_local_image(file_url: str) -> tuple[object, str, str]:
    """The picture of a File's address, its name without the ending, and the ending.

    Raises ValidationError for what is no picture, or is not there.
    """
    name = db.get_value("File", {"file_url": file_url}, "name")
    content = document.load(ctx().trusted(), "File", name).get_content(encodings=[]) if name else b""
    try:
        image = _pillow().open(io.BytesIO(content))
    except OSError:
        raise ValidationError.told(f"Unable to read file format for {file_url}") from None
    start, dot, ending = cstr(file_url).rpartition(".")
    return image, start if dot else cstr(file_url), ending.lower() if dot else cstr(image.format).lower()


def optimize_image(
    content: bytes,
    content_type: str,
    max_width: float = 1024,
    max_height: float = 768,
    optimize: bool = True,
    quality: int = 85,
) -> bytes:
    """A smaller picture of the same type; the same one if it would not be smaller, or is none, of which the caller is
    told."""
    if content_type == "image/svg+xml":
        return content
    kind, written = content_type.partition("/")[2], io.BytesIO()
    try:
        image = _pillow().open(io.BytesIO(content))
        exif, (width, height) = image.getexif(), image.size
        most = max(min(max_width, width * 0.8), LEAST_WIDTH), max(min(max_height, height * 0.8), LEAST_HEIGHT)
        image.thumbnail(most, _pillow().Resampling.LANCZOS)
        image.save(written, format=kind, optimize=optimize, quality=quality, save_all=kind == "gif", exif=exif)
    except (OSError, KeyError, ValueError) as error:  # Pillow: no picture, no such format, a mode that it cannot have
        msgprint(f"Failed to optimize image: {error}")
        return content
    return min(written.getvalue(), content, key=len)


def strip_exif_data(content: bytes, content_type: str) -> bytes:
    """The picture without what the camera wrote into it: where it was taken, for instance. Raises OSError for what is
    no picture."""
    image, written = _pillow().open(io.BytesIO(content)), io.BytesIO()
    if content_type == "image/jpeg" and image.mode in ("RGBA", "P"):
        image = image.convert("RGB")
    bare = _pillow().new(image.mode, image.size)
    bare.paste(image)
    bare.save(written, format=content_type.partition("/")[2])
    return written.getvalue()


def _pillow() -> ModuleType:
    return importlib.import_module("PIL.Image")


__all__ = ["get_local_image", "optimize_image", "strip_exif_data"]
