"""The servers that are measured: how each is started, and how each is asked for the same five things.

The peers come into a virtual environment in `.bench/`, which git ignores, when they are first needed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import data
from load import Operation
from peers import pocketbase

HERE = Path(__file__).resolve().parent
CACHE = HERE.parent / ".bench"
PEERS = ("fastapi", "uvicorn[standard]", "flask", "Flask-SQLAlchemy", "gunicorn")

CREDENTIALS = json.dumps({"usr": data.USER, "pwd": data.PASSWORD})
WAITRESS_ONLY = "import sys; sys.modules['granian'] = None; from frappe_lite.command.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Server:
    """`ruler`: the limit that it is compared with."""

    name: str
    command: Sequence[str]  # with %PORT%
    operations: Mapping[str, Operation]
    environment: Mapping[str, str] = field(default_factory=dict)
    ruler: str = "limit, granian"

    def on(self, port: int) -> list[str]:
        """The command line for a port."""
        return [part.replace("%PORT%", str(port)) for part in self.command]

    def with_documents(self, documents: int) -> Server:
        """The same, asked for so many documents."""
        return replace(
            self, operations={name: replace(each, documents=documents) for name, each in self.operations.items()}
        )


def limit(server: str, database: Path, synchronous: str = "full") -> Server:
    """The bare WSGI limit on granian or waitress."""
    operations = {
        "get": Operation("GET", "/%NAME%", holds='"TASK-00077"'),
        "list": Operation("GET", "/?status=Open"),
        "create": Operation("POST", "/", body=data.NEW),
        "update": Operation("PUT", "/%NAME%", body=data.CHANGE, holds='"Low"'),
        "login": Operation("POST", "/login", body=CREDENTIALS, holds="sid", slow=True),
    }
    name = f"limit, {server}" + (", NORMAL" if synchronous == "normal" else "")
    return Server(
        name,
        [sys.executable, str(HERE / "limit.py"), server, "%PORT%", str(database), synchronous],
        operations,
        ruler=f"limit, {server}",
    )


def frappe_lite(server: str, folder: Path, authorization: str, *options: str) -> Server:
    """`frappe-lite serve` on granian or waitress, on the site that `data.prepare` made in the folder."""
    program = ["-m", "frappe_lite.command.cli"] if server == "granian" else ["-c", WAITRESS_ONLY]
    command = [
        sys.executable,
        *program,
        "serve",
        "--database",
        str(folder / "bench.db"),
        "--app",
        str(folder / "bench_app"),
        "--port",
        "%PORT%",
        *options,
    ]
    headers, documents = {"Authorization": authorization}, "/api/resource/Task"
    operations = {
        "get": Operation("GET", f"{documents}/%NAME%", headers, holds='"TASK-00077"'),
        "list": Operation("GET", f"{documents}?{data.LIST}", headers),
        "create": Operation("POST", documents, headers, data.NEW),
        "update": Operation("PUT", f"{documents}/%NAME%", headers, data.CHANGE, holds='"Low"'),
        "login": Operation("POST", "/api/method/login", body=CREDENTIALS, holds="Logged In", slow=True),
    }
    return Server(f"frappe_lite, {server}", command, operations, ruler=f"limit, {server}")


def peers(folder: Path, database: Path) -> list[Server]:
    """PocketBase, FastAPI and Flask, each with a copy of the plain file."""
    programs = _installed(*PEERS)
    executable = pocketbase.program(CACHE, _installed)
    token = pocketbase.prepare(executable, folder / "pocketbase", database, data.USER, data.PASSWORD)
    headers = {"Authorization": f"token {data.KEY}:{data.SECRET}"}
    operations = {
        "get": Operation("GET", "/task/%NAME%", headers, holds='"TASK-00077"'),
        "list": Operation("GET", "/task?status=Open&limit=20", headers),
        "create": Operation("POST", "/task", headers, data.NEW),
        "update": Operation("PUT", "/task/%NAME%", headers, data.CHANGE, holds='"Low"'),
        "login": Operation("POST", "/login", body=CREDENTIALS, holds="sid", slow=True),
    }
    on, paths = (
        ["--host", "127.0.0.1", "--port", "%PORT%", "--no-access-log", "--log-level", "warning"],
        os.pathsep.join([str(HERE), str(HERE / "peers")]),
    )

    def copy(name: str) -> dict[str, str]:
        return {"DATABASE": str(shutil.copy(database, folder / f"{name}.db")), "PYTHONPATH": paths}

    uvicorn = [str(programs / "uvicorn"), "fastapi_sqlite3:app", *on]
    gunicorn = [
        str(programs / "gunicorn"),
        "flask_sqlalchemy_app:app",
        "--bind",
        "127.0.0.1:%PORT%",
        "--workers",
        "1",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
    ]
    return [
        Server(
            "PocketBase", pocketbase.command(executable, folder / "pocketbase", "%PORT%"), _pocketbase_operations(token)
        ),
        Server("FastAPI, sqlite3, uvicorn", uvicorn, operations, copy("fastapi")),
        Server("Flask, SQLAlchemy, gunicorn", gunicorn, operations, copy("flask")),
    ]


def _pocketbase_operations(token: str) -> dict[str, Operation]:
    headers, records, name_format = {"Authorization": token}, "/api/collections/task/records", "task%011d"
    query = "filter=(status=%27Open%27)&sort=-modified&perPage=20&fields=id,subject,status,modified&skipTotal=1"
    login = json.dumps({"identity": data.USER, "password": data.PASSWORD})
    return {
        "get": Operation("GET", f"{records}/%NAME%", headers, holds='"task00000000077"', name_format=name_format),
        "list": Operation("GET", f"{records}?{query}", headers),
        "create": Operation("POST", records, headers, data.NEW),
        "update": Operation("PATCH", f"{records}/%NAME%", headers, data.CHANGE, holds='"Low"', name_format=name_format),
        "login": Operation("POST", "/api/collections/users/auth-with-password", body=login, holds="token", slow=True),
    }


def _installed(*requirements: str) -> Path:
    """The folder of the programs of the peers' environment, with the packages in it."""
    programs, done = CACHE / "venv" / "bin", CACHE / "installed.txt"
    known = done.read_text().splitlines() if done.exists() else []
    if not set(requirements) <= set(known):
        print(f"installing {', '.join(requirements)} into {programs.parent}", flush=True)
        if not programs.exists():
            subprocess.run([sys.executable, "-m", "venv", str(programs.parent)], check=True)
        subprocess.run(
            [str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check", *requirements], check=True
        )
        done.write_text("\n".join([*known, *requirements]))
    return programs
