"""Serve the sample app: `make serve`. What people made is kept; `make fresh` starts anew."""

import os
import sys
from pathlib import Path

from frappe_lite.command import cli

HERE = Path(__file__).parent
DATABASE = "site.db"

if __name__ == "__main__":
    os.chdir(HERE)
    if Path(DATABASE).exists():
        print(f"{DATABASE} is as you left it. `make fresh` starts anew.", flush=True)
    sys.exit(
        cli.main(["serve", "--database", DATABASE, "--app", "examples/sample", "--jobs", "threads", *sys.argv[1:]])
    )
