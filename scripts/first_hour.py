"""What a newcomer does in the first hour, done by a script, with its times.

Clone, serve, look; an app of one's own, its tests, a change, a page by Vite that asks it; a wheel, one file for a
server.

    python scripts/first_hour.py            prints a line for each step, and exits with 1 if one fails or takes too long
    python scripts/first_hour.py --lenient    does not judge the times: a machine may have other things to do
    python scripts/first_hour.py --keep       leaves the folder, to look at
    python scripts/first_hour.py --here       begins with this checkout and its .venv: a third of the time

Packages come from the caches of pip and npm, if they are warm. Nothing outside a temporary folder is written.
The page needs npm and Node.js 20; where they are not there, it is left out, and that is said.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
FIRST_ANSWER, OWN_APP, CHANGE = 60.0, 10.0, 1.0
"""Seconds: from the clone to an answer, from nothing to an app that answers, from a change to what it changed."""


class Hour:
    """A folder, the steps done in it, and how long each took."""

    def __init__(self, folder: Path, checkout: Path | None = None):
        self.folder, self.checkout = folder, checkout or folder / "frappe_lite"
        self.database = folder / "site.db" if checkout else self.checkout / "site.db"  # nobody's own is touched
        self.times: dict[str, float] = {}
        self.changed = 0.0  # seconds from a change of the app to an answer that shows it
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("FRAPPE_LITE_")}
        self.environment["FRAPPE_LITE_ADMIN_PASSWORD"] = "first hour 1"
        self.environment.pop("FORCE_COLOR", None)  # what programs say is read here, not looked at
        self.environment["NO_COLOR"] = "1"

    def step(self, do: Callable[[Hour], None]) -> None:
        """Do it, and print how long it took."""
        began = time.monotonic()
        do(self)
        took = self.times[do.__name__] = time.monotonic() - began
        print(f"{took:7.1f} s  {(do.__doc__ or '').rstrip('.')}", flush=True)

    def run(self, *words: str | Path, folder: Path | None = None) -> str:
        """What a command says. Raises SystemExit with all of it if it fails."""
        done = subprocess.run(
            list(map(str, words)),
            cwd=folder or self.checkout,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, words))} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    @property
    def program(self) -> Path:
        """`frappe-lite`, as it was installed."""
        return self.checkout / ".venv" / "bin" / "frappe-lite"

    @contextlib.contextmanager
    def serving(self, *words: str | Path, folder: Path, told: str = r"^Serving .* on (\S+)") -> Iterator[str]:
        """The address of a server while the `with` lasts, from the moment that it tells it."""
        log = self.folder / f"log-{len(list(self.folder.glob('log-*')))}"
        with open(log, "wb") as file:
            process = subprocess.Popen(
                [*map(str, words), "--port", "0"], cwd=folder, env=self.environment, stdout=file, stderr=file
            )
        try:
            yield _until(lambda: (found := re.search(told, _plain(log.read_text()), re.M)) and found[1], process, log)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _until(
    look: Callable[[], str | None], process: subprocess.Popen[bytes] | None = None, log: Path | None = None
) -> str:
    """What is looked for, once it is there. Raises SystemExit if the process ends before, or after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            raise SystemExit(f"{'it ended' if ended else 'it took too long'}:\n{log.read_text() if log else ''}")
        time.sleep(0.02)
    return found


def _plain(text: str) -> str:
    """Without colours: some programs take CI for a terminal that shows them."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _get(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())


def _expect(found: str, wanted: str) -> None:
    if wanted not in found:
        raise SystemExit(f"{wanted!r} is not in:\n{found}")


# --- the steps --------------------------------------------------------------------------------------------


def clone(hour: Hour) -> None:
    """The checkout as it is committed; from an sdist, its files."""
    if (ROOT / ".git").exists():
        hour.run("git", "clone", "--quiet", ROOT, hour.checkout, folder=hour.folder)
    else:
        shutil.copytree(ROOT, hour.checkout, ignore=shutil.ignore_patterns(".venv", "*.db*"))


def install(hour: Hour) -> None:
    """What `make serve` does before it serves."""
    hour.run("make", f"PYTHON={sys.executable}", ".venv/installed")


def sample(hour: Hour) -> None:
    """`make serve`: a first answer, the desk's page, a document made and read."""
    command = (hour.checkout / ".venv/bin/python", "serve.py", "--database", hour.database)
    with hour.serving(*command, folder=hour.checkout) as url:
        _expect(_get(f"{url}/api/method/ping"), "pong")
        _expect(_get(f"{url}/app"), "<title>")
        key = hour.run(hour.program, "keys", "Administrator", "--database", hour.database).splitlines()[-1]
        headers = {"Authorization": f"token {key}", "Content-Type": "application/json"}
        body = json.dumps({"subject": "Mine"}).encode()
        request = urllib.request.Request(f"{url}/api/resource/Task", body, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            _expect(answer.read().decode(), '"subject":"Mine"')


def own_app(hour: Hour) -> None:
    """Two commands: an app with a function, and a DocType."""
    hour.run(hour.program, "new-app", "shop", folder=hour.folder)
    hour.run(hour.program, "new-doctype", "Item", "--field", "title:Data::required", folder=hour.folder / "shop")
    with hour.serving(hour.program, "serve", folder=hour.folder / "shop") as url:
        _expect(_get(f"{url}/api/method/shop.api.hello?name=Ann"), "Hello, Ann!")


def own_tests(hour: Hour) -> None:
    """The tests that came with the app."""
    hour.run(hour.program.parent / "pip", "install", "--quiet", "pytest")
    _expect(hour.run(hour.program, "test", folder=hour.folder / "shop"), "2 passed")


def change(hour: Hour) -> None:
    """`--dev`: a function is changed, and the change is there."""
    api = hour.folder / "shop" / "shop" / "api.py"
    with hour.serving(hour.program, "serve", "--dev", folder=hour.folder / "shop") as url:
        _expect(_get(f"{url}/api/method/shop.api.hello"), "Hello, World!")
        began = time.monotonic()
        api.write_text(api.read_text().replace("Hello", "Good day"))
        _until(lambda: re.findall("Good day", _get(f"{url}/api/method/shop.api.hello")) and "there")
        hour.changed = time.monotonic() - began


PAGE = """<!doctype html><title>Shop</title><h1>…</h1><script type="module">
const answer = await fetch("/api/method/shop.api.hello?name=Vite");
document.querySelector("h1").textContent = (await answer.json()).message;
</script>
"""


def page(hour: Hour) -> None:
    """A page by Vite, set up as docs/clients.md says: its server passes the API on, its build is one folder."""
    if shutil.which("npm") is None or _node() < 20:
        print("          (left out: it needs npm and Node.js 20)", flush=True)
        return
    folder = hour.folder / "page"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    hour.run("npm", "install", "--silent", "--no-audit", "--no-fund", "vite@8", folder=folder)
    with hour.serving(hour.program, "serve", "--dev", folder=hour.folder / "shop") as url:
        lines = re.search(
            r"^// vite\.config\.js\n(.+?)^```", (hour.checkout / "docs/clients.md").read_text(), re.M | re.S
        )
        assert lines, "docs/clients.md has no vite.config.js"
        (folder / "vite.config.js").write_text(lines[1].replace("http://127.0.0.1:8000", url))
        vite = ("node", folder / "node_modules/vite/bin/vite.js", "--host", "127.0.0.1")
        with hour.serving(*vite, folder=folder, told=r"Local:\s+(http://\S+?)/?$") as local:
            _expect(_get(f"{local}/"), "<h1>")
            _expect(_get(f"{local}/api/method/shop.api.hello?name=Vite"), "Good day, Vite!")
    hour.run("node", folder / "node_modules/vite/bin/vite.js", "build", folder=folder)
    _expect((folder / "dist/index.html").read_text(), "assets/")


def _node() -> int:
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return int((re.match(r"v(\d+)", told) or ["", 0])[1])


def one_file(hour: Hour) -> None:
    """`make pyz`: one file, which any Python serves with, without an environment."""
    made = hour.folder / "frappe-lite.pyz"
    hour.run("make", f"PYTHON={sys.executable}", f"PYZ={made}", "pyz")
    hour.environment["SHIV_ROOT"] = str(hour.folder / "shiv")
    command = (sys.executable, "-I", "-S", made, "serve", "--database", "other.db")
    with hour.serving(*command, folder=hour.folder / "shop") as url:
        _expect(_get(f"{url}/api/method/shop.api.hello"), "Good day, World!")


def wheel(hour: Hour) -> None:
    """The wheel, and that it serves from an environment of its own."""
    hour.run(hour.program.parent / "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", hour.folder / "dist", ".")
    (made,) = (hour.folder / "dist").glob("*.whl")
    hour.run(sys.executable, "-m", "venv", hour.folder / "bare")
    hour.run(hour.folder / "bare/bin/pip", "install", "--quiet", made)
    with hour.serving(hour.folder / "bare/bin/frappe-lite", "serve", folder=hour.folder / "shop") as url:
        _expect(_get(f"{url}/api/method/shop.api.hello"), "Good day, World!")


STEPS = (clone, install, sample, own_app, own_tests, change, page, wheel, one_file)


def main() -> int:
    """Do the steps; 1 if a limit was passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--keep", action="store_true", help="leave the folder")
    parser.add_argument("--lenient", action="store_true", help="do not judge the times")
    parser.add_argument("--here", action="store_true", help="begin with this checkout, where make has been run")
    parsed = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="frappe_lite-first-hour-"))
    try:
        hour = Hour(folder, ROOT if parsed.here else None)
        for each in STEPS[2:] if parsed.here else STEPS:
            hour.step(each)
        return judge(hour.times, hour.changed) and not parsed.lenient
    finally:
        print(f"left in {folder}") if parsed.keep else shutil.rmtree(folder, ignore_errors=True)


def judge(times: Mapping[str, float], changed: float) -> int:
    """Print what is limited; 1 if a limit was passed."""
    measured = {
        "from the clone to an answer": (
            sum(times.get(each, 0) for each in ("clone", "install", "sample")),
            FIRST_ANSWER,
        ),
        "an app of one's own": (times["own_app"], OWN_APP),
        "from a change to its answer": (changed, CHANGE),
    }
    print(f"{sum(times.values()):7.1f} s  all of it")
    for what, (took, limit) in measured.items():
        print(f"{took:7.1f} s  {what} (limit {limit:.0f} s{'' if took <= limit else ': too long'})")
    return int(any(took > limit for took, limit in measured.values()))


if __name__ == "__main__":
    sys.exit(main())
