"""`InstalledApp`: what a site knows of an app that it has loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .doctype.problems import Problem
from .values import Values


@dataclass
class InstalledApp:
    """An app that was loaded: its package, its hooks, the names of its modules."""

    name: str
    hooks: Values = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)  # dotted names of the app's Python modules
    version: str = ""
    title: str = ""
    broken: dict[str, str] = field(default_factory=dict)  # modules that could not be imported -> why
    faults: list[Exception] = field(default_factory=list)  # what those of them raised that lack no package
    folder: str = ""  # of its package
    problems: list[Problem] = field(default_factory=list)  # what is wrong with its files: told once, at the start


def listed(value: Any) -> list[Any]:
    """The value of a hook as a list; it may be a single value, several, or nothing."""
    return list(value) if isinstance(value, list | tuple) else [value] if value else []
