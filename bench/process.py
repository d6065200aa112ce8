"""A server as a process tree: started and stopped, its CPU time and its memory from /proc (Linux)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from load import Operation, check, pinned

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A server that answers. `started_s`: seconds from its start to its first good answer."""

    process: subprocess.Popen[bytes]
    port: int
    started_s: float = 0.0

    def tree(self) -> list[int]:
        """Process ids: the server's and its children's, and theirs."""
        parents = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents[int(entry.name)] = int(_stat(int(entry.name))[1])
                except (OSError, IndexError):
                    continue  # it has ended meanwhile
        found = [self.process.pid]
        for pid in found:
            found.extend(child for child, parent in parents.items() if parent == pid)
        return found

    def cpu_seconds(self) -> float:
        """Of user and system, of all processes of the tree, and of their children that have ended."""
        return sum(sum(int(field) for field in _stat(pid)[11:15]) for pid in self.tree()) / TICKS

    def memory_mb(self) -> dict[str, float]:
        """Resident and proportional set size of the tree, in MB (2**20 bytes), and the number of its processes."""
        kilobytes = {"Rss:": 0, "Pss:": 0}
        tree = self.tree()
        for pid in tree:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith(tuple(kilobytes)):
                    kilobytes[line.split()[0]] += int(line.split()[1])
        return {
            "rss_mb": round(kilobytes["Rss:"] / 1024, 1),
            "pss_mb": round(kilobytes["Pss:"] / 1024, 1),
            "processes": len(tree),
        }


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the third on: [1] is the parent, [11:15] are the times."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def surroundings() -> dict[str, str]:
    """The environment of a server: as an installed program has it, with compiled modules from its last start."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


@contextmanager
def running(
    command: Sequence[str], port: int, first: Operation, environment: Mapping[str, str] | None = None, pin: bool = True
) -> Iterator[Running]:
    """The server that the command starts, from its first good answer to `first` until the end of the block."""
    whole = [*(pinned(0) if pin else []), *command]
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            whole, stdout=said, stderr=said, env={**surroundings(), **(environment or {})}, start_new_session=True
        )
        server = Running(process, port)
        try:
            while True:
                try:
                    check(port, first)
                    break
                except OSError:
                    if process.poll() is not None or time.perf_counter() - began > START_SECONDS:
                        said.seek(0)
                        raise RuntimeError(f"{' '.join(whole)} did not start: {said.read()[-2000:].decode()}") from None
                    time.sleep(0.001)
            server.started_s = time.perf_counter() - began
            yield server
        finally:
            stop(server)


def stop(server: Running) -> None:
    """End it and whatever it has started."""
    tree = server.tree() if server.process.poll() is None else []
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(20)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
    for pid in tree[1:]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
