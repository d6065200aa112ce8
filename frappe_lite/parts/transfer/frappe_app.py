"""x"""

from __future__ import annotations

from pathlib import Path

from ...site import Context


def export_app(ctx: Context, folder: Path) -> None:
    """x"""
