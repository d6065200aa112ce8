"""What commands print: tables for people, JSON for programs, an error in one sentence.

Colours only where a terminal shows them, and never with NO_COLOR (no-color.org).
"""

from __future__ import annotations

import difflib
import html
import json
import logging
import os
import re
import shutil
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO

from ..protocol import dump_json
from ..values import Given

_BLOCK = re.compile(r"<(?:br|/?p|/?li|/?ul|/?div|hr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
_PACKAGE = str(Path(__file__).resolve().parents[1])
_PYTHON = os.path.dirname(os.path.abspath(os.__file__))


def has_colours(stream: IO[str]) -> bool:
    """Whether the stream shows colours, and its reader wants them."""
    return stream.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def styled(text: str, code: str, stream: IO[str]) -> str:
    """The text in a style of ECMA-48 (`1` bold, `2` faint, `31` red), where the stream shows it."""
    return f"\x1b[{code}m{text}\x1b[0m" if has_colours(stream) else text


def table(rows: Sequence[Given], columns: Iterable[str], as_json: bool, empty: str = "") -> None:
    """Print rows: in columns with a line of heads, or with `--json` as a list of objects."""
    names = list(columns)
    if as_json:
        print(dump_json([{name: row.get(name) for name in names} for row in rows]).decode())
        return
    if not rows:
        print(empty)
        return
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    shown = [index for index, _ in enumerate(names) if any(line[index] for line in cells)]
    widths = {index: max(len(names[index]), *(len(line[index]) for line in cells)) for index in shown}
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    print(styled(_line([names[index].upper() for index in shown], [widths[index] for index in shown]), "1", sys.stdout))
    for line in cells:
        text = _line([line[index] for index in shown], [widths[index] for index in shown])
        print(text[: width - 1] + "…" if 20 < width < len(text) else text)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else "" if value is None else str(value)
    return printable(text)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def meant(given: str, known: Iterable[str]) -> str:
    """`; is it Task?` for a name with a wrong letter, nothing for one that is like none."""
    close = difflib.get_close_matches(given, known, 1)
    return f"; is it {close[0]}?" if close else ""


def printable(text: str) -> str:
    """One line that moves no cursor: what stands in a database may hold anything."""
    return "".join(each if each.isprintable() else " " for each in text)


def plain(text: str) -> str:
    """A message without the HTML that Frappe's messages have in them."""
    return " ".join(html.unescape(_TAG.sub("", _BLOCK.sub(" ", text))).split())


def say_error(text: str) -> None:
    """The sentence of a refusal, on standard error."""
    print(f"{styled('frappe-lite:', '31', sys.stderr)} {text}", file=sys.stderr)


def refusal_of(error: Exception) -> str:
    """What a refusal says of itself; the system's own, such as a disk that may only be read, without its number."""
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return plain(str(error)) or type(error).__name__


def sentence_of(error: BaseException) -> str:
    """A fault in one line: where in the app's own code it happened, and what."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{short(error.filename)}:{error.lineno}: {type(error).__name__}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if is_own(each.filename)]
    place = f"{short(own[-1].filename)}:{own[-1].lineno}: " if own else ""
    return f"{place}{type(error).__name__}{f': {plain(str(error))}' if str(error) else ''}"


def trace_of(error: BaseException) -> str:
    """The trace from the app's own code on: what led there is ours, and is the same each time."""
    found = traceback.TracebackException.from_exception(error)
    first = next((index for index, frame in enumerate(found.stack) if is_own(frame.filename)), len(found.stack))
    found.stack = traceback.StackSummary.from_list(list(found.stack)[first:])
    return "".join(found.format())


class AppTraces(logging.Formatter):
    """Traces in a log from the app's own code on; whole, where none of it took part."""

    def formatException(self, ei: logging._SysExcInfoType) -> str:  # noqa: N802 - its name is logging's
        """The trace of a record."""
        error = ei[1]
        if error is None or not any(is_own(each.filename) for each in traceback.extract_tb(error.__traceback__)):
            return super().formatException(ei)
        return trace_of(error).rstrip()


def shorten_traces() -> None:
    """Let what is logged from now on begin in the app's own code, for who writes that."""
    for each in logging.getLogger().handlers:
        each.setFormatter(AppTraces(each.formatter._fmt if each.formatter else None))


def is_own(filename: str) -> bool:
    """Whether the file is an app's own: neither ours, nor Python's, nor a library's."""
    path = os.path.abspath(filename)
    return (
        not filename.startswith("<")
        and not path.startswith((_PACKAGE + os.sep, _PYTHON + os.sep))
        and "site-packages" not in path
    )


def short(path: str) -> str:
    """Seen from here, if it is below."""
    try:
        return str(Path(path).resolve().relative_to(Path.cwd()))
    except ValueError:
        return path


def print_value(value: object) -> None:
    """A function's result: text as it is, anything else as JSON."""
    if isinstance(value, str):
        print(value)
    elif value is not None:
        print(json.dumps(json.loads(dump_json(value)), indent=1, ensure_ascii=False))
