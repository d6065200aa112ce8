"""What `serve --dev` answers for an app that cannot be loaded: its error, to a browser as a page, to programs as a
failed request."""

from __future__ import annotations

import html
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..protocol import dump_json
from ..values import JsonObject
from . import output

_PAGE = """<!doctype html><meta charset=utf-8><title>The app cannot be loaded</title>
<style>body {{ font: 16px/1.5 system-ui; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }}
pre {{ overflow: auto }} mark {{ background: #fd06; color: inherit }}</style>
<h1>The app cannot be loaded</h1><p>{sentence}</p>{lines}
<p>It is loaded again as soon as a file changes, and so is this page.</p><details><summary>The whole trace</summary><pre>{trace}</pre></details>
<script>
const trace = (page) => page.querySelector("details pre")?.textContent
setInterval(async () => {{
  const answer = await fetch(location.href).catch(() => null)
  if (answer && trace(new DOMParser().parseFromString(await answer.text(), "text/html")) !== trace(document)) location.reload()
}}, 1000)
</script>
"""


class ErrorPage:
    """A WSGI application that answers everything with an error, and shows the app's own lines that led to it."""

    def __init__(self, error: BaseException):
        self.error = error

    def __call__(self, environ: JsonObject, start_response: Any) -> Iterable[bytes]:
        """500, whatever is asked."""
        is_page = not environ.get("PATH_INFO", "").startswith("/api/")
        body = self._page() if is_page else self._json()
        kind = "text/html; charset=utf-8" if is_page else "application/json"
        start_response(
            "500 Internal Server Error",
            [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
        )
        return [body]

    def _json(self) -> bytes:
        sentence = output.sentence_of(self.error)
        trace = output.trace_of(self.error)
        told = dump_json([dump_json({"message": html.escape(sentence), "indicator": "red"}).decode()]).decode()
        return dump_json(
            {
                "exc_type": type(self.error).__name__,
                "exception": sentence,
                "exc": dump_json([trace]).decode(),
                "_server_messages": told,
            }
        )

    def _page(self) -> bytes:
        sentence = html.escape(output.sentence_of(self.error))
        lines = "".join(f"<h2>{html.escape(place)}</h2><pre>{code}</pre>" for place, code in self._places())
        trace = html.escape("".join(traceback.format_exception(self.error)))
        return _PAGE.format(sentence=sentence, lines=lines, trace=trace).encode()

    def _places(self) -> Iterator[tuple[str, str]]:
        """The app's own lines, the innermost first, each with those around it."""
        places = [(each.filename, each.lineno) for each in traceback.extract_tb(self.error.__traceback__)]
        if isinstance(self.error, SyntaxError) and self.error.filename:
            places.append((self.error.filename, self.error.lineno))
        for filename, line in reversed(places):
            if line and output.is_own(filename):
                yield f"{output.short(filename)}, line {line}", _around(filename, line)


def _around(filename: str, line: int, many: int = 3) -> str:
    try:
        lines = Path(filename).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    shown = []
    for number in range(max(1, line - many), min(len(lines), line + many) + 1):
        text = f"{number:5}  {html.escape(lines[number - 1])}"
        shown.append(f"<mark>{text}</mark>" if number == line else text)
    return "\n".join(shown)
