"""Run a command beside a PostgreSQL server of its own, on loopback in a temporary folder, which goes when the command ends.

    python scripts/postgres.py -- python -m pytest tests        FRAPPE_LITE_TEST_DATABASE is the server's address
    python scripts/postgres.py --durable -- python bench.py     with fsync, as a server that people rely on

PostgreSQL refuses to run as root: then it runs as the user `postgres`. Raises SystemExit where it is not installed.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

QUICK = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
    "jit=off",
)
"""For tests: nothing has to outlive a power cut, and databases live for seconds."""


def binaries() -> Path:
    """The folder of the newest PostgreSQL here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise SystemExit("PostgreSQL is not installed: on Debian, apt-get install postgresql")
    return found[-1] if found else Path(str(on_path)).resolve().parent


def free_port() -> int:
    """A port that nobody listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A server with its data in `folder`."""

    def __init__(self, folder: Path, port: int = 0, settings: tuple[str, ...] = QUICK):
        self.folder, self.port, self.settings = folder, port or free_port(), settings
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Of the database that each server has."""
        return f"postgresql://frappe@127.0.0.1:{self.port}/postgres"

    def _command(self, program: str, *words: str) -> list[str]:
        unprivileged = (
            ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"]
            if os.geteuid() == 0
            else []
        )
        return [*unprivileged, str(binaries() / program), *words]

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(self._command(program, *words), capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{program} failed: {done.stderr or done.stdout}")

    def make(self) -> Cluster:
        """A new, empty server's data."""
        self._own()
        self._run(
            "initdb",
            "-D",
            str(self.folder),
            "-A",
            "trust",
            "-U",
            "frappe",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        return self

    def copy(self, primary: Cluster) -> Cluster:
        """Data of a standby that follows `primary` and confirms what it has written."""
        self._own()
        self._run(
            "pg_basebackup",
            "-D",
            str(self.folder),
            "-R",
            "-d",
            f"host=127.0.0.1 port={primary.port} user=frappe application_name=standby",
            "-c",
            "fast",
        )
        return self

    def _own(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")

    def start(self, seconds: float = 60.0) -> Cluster:
        """Start it and wait until it takes connections."""
        words = [
            "-D",
            str(self.folder),
            "-p",
            str(self.port),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            f"unix_socket_directories={self.folder}",
        ]
        for each in ("max_connections=200", *self.settings):
            words += ["-c", each]
        with open(self.folder.with_suffix(".log"), "ab") as log:
            self.process = subprocess.Popen(
                self._command("postgres", *words), stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + seconds
        while subprocess.run(self._command("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port))).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL does not start:\n{self.folder.with_suffix('.log').read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def stop(self) -> None:
        """End it in order."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
            self.process = None

    def kill(self) -> None:
        """End it at once, as a machine that loses its power does: the server and every process that it started."""
        assert self.process is not None
        own = [
            int(each.name)
            for each in Path("/proc").iterdir()
            if each.name.isdecimal() and _parent(each) == self.process.pid
        ]
        for pid in (self.process.pid, *own):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(60)
        self.process = None

    def promote(self) -> None:
        """Let a standby be the primary."""
        self._run("pg_ctl", "promote", "-D", str(self.folder), "-w")


def _parent(process: Path) -> int:
    with contextlib.suppress(OSError):
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    return 0


MEMORY, ROOM = Path("/dev/shm"), 4 * 2**30
"""Where folders are in memory, and how many bytes must be free there."""


@contextlib.contextmanager
def temporary_folder(in_memory: bool = False) -> Iterator[Path]:
    """A folder that the server's user can reach; in memory if there is room."""
    place = MEMORY if in_memory and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
    with tempfile.TemporaryDirectory(prefix="frappe_lite-postgres-", dir=place) as name:
        os.chmod(name, 0o755)
        yield Path(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--durable", action="store_true", help="with fsync")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("command", nargs="+")
    parsed = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends with this
    with temporary_folder(in_memory=not parsed.durable) as folder:
        cluster = Cluster(folder / "data", parsed.port, () if parsed.durable else QUICK).make().start()
        try:
            return subprocess.run(
                parsed.command, env={**os.environ, "FRAPPE_LITE_TEST_DATABASE": cluster.address}
            ).returncode
        finally:
            cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
