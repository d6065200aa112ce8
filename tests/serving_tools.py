"""Servers as processes of their own, for the tests of the command line."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECONDS, PASSWORD = 60, "Administrator-1"


class Server:
    """A started command, what it said, and its address once it said that."""

    def __init__(self, folder: Path, *words: str, program: tuple[str, ...] = ("-m", "frappe_lite.command.cli")):
        self.log = folder / f"log-{len(list(folder.glob('log-*')))}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FRAPPE_LITE_")}
        environment.update(FRAPPE_LITE_ADMIN_PASSWORD=PASSWORD)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *program, *words],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.url = ""

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """What it says, as soon as it says it."""
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(pattern, self.said)):
            assert self.process.poll() is None and time.monotonic() < deadline, self.said
            time.sleep(0.02)
        return found

    def started(self) -> Server:
        self.url = self.wait_for(r"Serving .+ on (http://\S+)")[1]
        return self

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and body."""
        request = urllib.request.Request(self.url + path, headers=headers)
        try:
            with urllib.request.build_opener(Unfollowed).open(request, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def until(self, path: str, wanted: str) -> str:
        """The answer, once that is in it."""
        deadline = time.monotonic() + SECONDS
        while wanted not in (found := self.get(path)[1]):
            assert time.monotonic() < deadline, (found, self.said)
            time.sleep(0.02)
        return found

    def post(self, path: str, values: Any, cookies: str) -> int:
        request = urllib.request.Request(
            self.url + path, json.dumps(values).encode(), {"Content-Type": "application/json", "Cookie": cookies}
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return int(answer.status)

    def sign_in(self) -> str:
        """The cookies of the Administrator."""
        body = json.dumps({"usr": "Administrator", "pwd": PASSWORD}).encode()
        request = urllib.request.Request(f"{self.url}/api/method/login", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return "; ".join(each.partition(";")[0] for each in answer.headers.get_all("Set-Cookie"))

    def end(self) -> int:
        """Tell it to end, and wait; its status."""
        self.process.terminate()
        return self.process.wait(SECONDS)


class Unfollowed(urllib.request.HTTPRedirectHandler):
    """Lets a redirect be seen."""

    def redirect_request(self, *_: Any) -> None:
        return None


@contextlib.contextmanager
def running(
    folder: Path, *words: str, program: tuple[str, ...] = ("-m", "frappe_lite.command.cli")
) -> Iterator[Server]:
    """A server while the `with` lasts."""
    server = Server(folder, *words, program=program)
    try:
        yield server.started()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.process.pid, 9)
        server.process.wait(SECONDS)
