"""`frappe-lite --help`: the commands by what they are for, a line each."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping

from . import output

CHAPTERS = {
    "Your app": ("new-app", "new-doctype", "test", "console", "execute"),
    "The server": ("serve", "open", "worker", "jobs", "schedule", "realtime"),
    "What there is": ("doctypes", "routes", "openapi"),
    "People": ("users", "new-user", "set-password", "keys"),
    "Data": ("backup", "restore", "check", "copy", "import", "export", "pull", "reset"),
    "Your shell": ("completion",),
}

BEGIN = """usage: frappe-lite [COMMAND] [--help] [--version]

The Frappe REST contract in one process and one file.
Alone, frappe-lite serves the app of the folder that it is started in.
"""
END = "frappe-lite COMMAND --help lists the options of a command, with an example.\n"


def overview(parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """All commands, in chapters."""
    return "\n".join([BEGIN, *_lines(parsers), END])


def _lines(parsers: Mapping[str, argparse.ArgumentParser]) -> Iterator[str]:
    width = max(map(len, parsers))
    for chapter, names in CHAPTERS.items():
        yield output.styled(chapter, "1", sys.stdout)
        yield from (f"  {name.ljust(width)}  {_short(parsers[name].description or '')}" for name in names)
        yield ""


def _short(text: str) -> str:
    """What a command does, without what else there is to say of it."""
    return re.split(r"[;.] ", text, maxsplit=1)[0].rstrip(".")
