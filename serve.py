"""Serve the sample app: `make serve` keeps what people made, `make fresh` begins anew."""

import os
import shutil
import sys
from pathlib import Path

from frappe_lite.command import cli

HERE = Path(__file__).parent


def begin_anew() -> None:
    """Delete the database and what belongs to it: its log, its key, the folder of its files."""
    for leftover in HERE.glob("site.db*"):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if "--fresh" in arguments:
        arguments.remove("--fresh")
        begin_anew()
    elif (HERE / "site.db").exists():
        print("site.db is kept from the last time; make fresh begins anew", flush=True)
    os.chdir(HERE)
    sys.exit(cli.main(["serve", "--database", "site.db", "--app", "examples/sample", *arguments]))
