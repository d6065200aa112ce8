"""Serve the sample app on a fresh database: `make serve`."""

import os
import sys
from pathlib import Path

from frappe_lite.command import cli

HERE = Path(__file__).parent

if __name__ == "__main__":
    database = HERE / "site.db"
    for leftover in HERE.glob("site.db*"):
        leftover.unlink()
    os.chdir(HERE)
    sys.exit(cli.main(["serve", "--database", str(database.name), "--app", "examples/sample", *sys.argv[1:]]))
