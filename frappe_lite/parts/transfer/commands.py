"""The part's commands and their flags.

The module of a command is imported when it is run, so that `serve` starts without them.
"""

from __future__ import annotations

import importlib
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from .cells import DATE_FORMATS

Add = Callable[..., Any]


def commands(command: Add) -> None:
    """Add backup, restore and check, pull, import and export."""
    backup = command(
        "backup",
        _run("backup", "backup"),
        "Copy a site into one archive, while it is served.",
        "frappe-lite backup -o monday.tar.gz",
    )
    backup.add_argument(
        "-o", "--output", metavar="FILE", help="the archive; one named .tar is not compressed (default: by the time)"
    )
    restore = command(
        "restore",
        _run("backup", "restore"),
        "Put a backup in the database's place.",
        "frappe-lite restore monday.tar.gz --database site.db",
    )
    restore.add_argument("file", metavar="FILE", help="an archive of frappe-lite backup, or a copy of a database")
    restore.add_argument(
        "--force",
        action="store_true",
        help="even if there is a database; it is kept, with .replaced at the end of its name",
    )
    command(
        "check",
        _run("check", "run"),
        "Look for what is wrong in a site's file; 1 if something is. Changes nothing.",
        "frappe-lite check --database site.db",
    )
    _copy(command)
    _import(command)
    _export(command)
    _pull(command)


def _copy(command: Add) -> None:
    text = (
        "Copy a site from one store to another, such as a file to PostgreSQL, and back; run again, it goes on where "
        "it stopped."
    )
    parser = command(
        "copy",
        _run("copying", "run"),
        text,
        "frappe-lite copy sqlite:///site.db postgresql://frappe@db.example.com/site",
    )
    parser.add_argument(
        "source",
        metavar="FROM",
        help="the site: a file, sqlite:///file or postgresql://…; it may be served meanwhile, but not written to",
    )
    parser.add_argument("target", metavar="TO", help="a database without a site, or with a copy that did not end")


def _import(command: Add) -> None:
    text = "Import documents from CSV, as Frappe's Data Import has it, or JSON lines."
    parser = command("import", _run("importing", "run"), text, "frappe-lite import task.csv --dry-run")
    parser.add_argument("file", metavar="FILE", help="CSV, JSON lines (.jsonl), or an app's fixtures (.json)")
    parser.add_argument("--doctype", help="the DocType (default: the file's name, or what each JSON document says)")
    parser.add_argument("--dry-run", action="store_true", help="check everything and keep nothing")
    parser.add_argument(
        "--skip-errors", action="store_true", help="import what is right; else one wrong document stops all"
    )
    parser.add_argument("--rejects", metavar="FILE", help="write the refused rows there, to be corrected and imported")
    parser.add_argument(
        "--update", action="store_true", help="change documents that are there; blank cells change nothing"
    )
    parser.add_argument(
        "--raw",
        action="store_true",
        help="write documents as they are, times and states too: no controllers, no checks",
    )
    parser.add_argument("--ignore-unknown", action="store_true", help="leave columns and keys out that are no fields")
    parser.add_argument(
        "--date-format",
        choices=DATE_FORMATS,
        default="yyyy-mm-dd",
        help="how the file writes dates; yyyy-mm-dd is always read",
    )
    parser.add_argument("--encoding", help="of the file (default: UTF-8, or UTF-16 if its first bytes say so)")


def _export(command: Add) -> None:
    text = (
        "Export documents as CSV, as Frappe's Data Import reads it, or JSON lines; or a site as an app for a full "
        "Frappe."
    )
    parser = command("export", _export_or_app, text, "frappe-lite export Task -o task.csv")
    parser.add_argument("doctype", metavar="DOCTYPE", nargs="?", help="whose documents; not with --frappe")
    parser.add_argument("--format", choices=("csv", "jsonl"), help="(default: by the output's name, else csv)")
    parser.add_argument("-o", "--output", metavar="FILE", help="(default: standard output)")
    parser.add_argument("--filters", metavar="JSON", help="which documents, as in a list request")
    parser.add_argument("--template", action="store_true", help="only the header, to be filled in")
    parser.add_argument(
        "--frappe", metavar="FOLDER", help="write the site as an app folder, with its documents for Data Import"
    )


def _export_or_app(parsed: Namespace) -> object:
    return _run("frappe_app" if parsed.frappe else "exporting", "run")(parsed)


def _pull(command: Add) -> None:
    text = (
        "Copy DocTypes and documents of a real Frappe into the local file; run again, what changed since. Nothing is "
        "changed there."
    )
    parser = command(
        "pull",
        _run("pull", "run"),
        text,
        "frappe-lite pull https://erp.example.com Customer 'Sales Order' --since 2026-01-01",
    )
    parser.add_argument("url", metavar="URL", help="the address of the site")
    parser.add_argument(
        "doctypes", metavar="DOCTYPE", nargs="+", help="whose documents; DocTypes that they need come along"
    )
    parser.add_argument(
        "--token",
        metavar="KEY:SECRET",
        help=(
            "an API key of a user there; better in FRAPPE_LITE_PULL_TOKEN, which other users of the machine do not see"
        ),
    )
    parser.add_argument("--filters", metavar="JSON", help="which documents, as in a list request")
    parser.add_argument("--since", metavar="DATE", help="only documents changed since then")
    parser.add_argument("--limit", type=int, metavar="N", help="so many documents of each DocType in this run")
    parser.add_argument("--files", action="store_true", help="the files that hang on the documents too")
    parser.add_argument(
        "--rate",
        type=float,
        default=10.0,
        metavar="N",
        help="requests a second (default: 10; 0: as fast as it answers)",
    )
    parser.add_argument("--again", action="store_true", help="from the beginning, over what was changed here")


def _run(module: str, function: str) -> Callable[[Namespace], object]:
    def run(parsed: Namespace) -> object:
        found: Callable[[object], object] = getattr(importlib.import_module(f"{__package__}.{module}"), function)
        return found(parsed)

    return run
