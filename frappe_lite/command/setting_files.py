"""Files of settings, as the values that they hold: TOML, and a bench's JSON."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

from ..values import JsonObject


class SettingError(Exception):
    """A setting has a value that it cannot have. The text says where it stands, and what would be right."""


def read_json(file: Path, content: str) -> JsonObject:
    """The object in it. Raises SettingError for anything else."""
    try:
        values = json.loads(content)
    except ValueError as error:
        raise SettingError(f"{file} is no JSON: {error}") from None
    if not isinstance(values, dict):
        raise SettingError(f"{file} is no JSON object")
    return values


def read_toml(file: Path, content: str) -> JsonObject:
    """The tables in it. Raises SettingError for what is no TOML, and without a reader of it."""
    reader = _toml_reader()
    try:
        found: dict[str, object] = reader.loads(content)
    except ValueError as error:
        raise SettingError(f"{file} is no TOML: {error}") from None
    return found


def _toml_reader() -> ModuleType:
    """The standard library's, which Python 3.10 has not yet."""
    for name in ("tomllib", "tomli"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise SettingError(
        "frappe_lite.toml needs Python 3.11, or tomli: pip install tomli; site_config.json needs neither"
    )
