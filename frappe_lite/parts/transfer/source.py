"""A Frappe site to read from, over its REST API.

It can send GET and nothing else, so that a pull changes nothing there.

Polite: so many requests a second, and no more; a site that is busy (429, 502, 503, 504) or drops the connection is
asked again later and later, as late as its Retry-After says. The token goes to the site and nowhere else: redirects are
not followed.

    source = Source("https://erp.example.com", "key:secret")
    source.document("Task", "TASK-1")
    source.rows("Task", fields=["*"], filters=[["Task", "modified", ">", "2026-01-01"]])
"""

from __future__ import annotations

import email.utils
import gzip
import http.client
import json
import random
import re
import time
from collections.abc import Callable
from urllib.parse import quote, urlencode, urlsplit

from ...errors import FrappeError
from ...utils import cstr, strip_html
from ...values import Values
from ...version import VERSION

TRIES = 8
FIRST_TRIES = 2
"""Of a site that never answered: its address is wrong more often than the site is down."""

BUSY = (429, 502, 503, 504)
LONGEST_WAIT = 120.0
TIMEOUT = 60.0
_MISREAD = (OSError, http.client.HTTPException, EOFError)


class SourceError(FrappeError):
    """The site cannot be read from: it is not there, not a Frappe, or busy for too long."""

    http_status = 502


class SourceRefused(SourceError):
    """The site's answer is a refusal; `status` says of what kind."""

    def __init__(self, status: int, text: str):
        super().__init__(text)
        self.status = status


_WITHOUT_TLS = "WRONG_VERSION_NUMBER"  # what OpenSSL says of an answer in plain HTTP


class Source:
    """One site. `token` is API_KEY:API_SECRET, or a bearer token; `rate` is in requests a second."""

    def __init__(
        self,
        url: str,
        token: str = "",
        rate: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ):
        try:
            parts = urlsplit(url if "//" in url else f"https://{url}")
            host, port = parts.hostname if parts.scheme in ("http", "https") else None, parts.port
        except ValueError:
            host = port = None
        if not host or not url.isascii():
            raise SourceError(f"{url} is no address of a site, which is written like https://erp.example.com")
        token = token.strip()
        if not re.fullmatch(r"[!-~]*", token):
            raise SourceError("The token is API_KEY:API_SECRET, without spaces or other signs")
        self.url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._host, self._port, self._prefix, self._tls = host, port, parts.path.rstrip("/"), parts.scheme == "https"
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": f"frappe_lite/{VERSION} pull",
        }
        if token:
            self._headers["Authorization"] = f"token {token}" if ":" in token else f"Bearer {token}"
        self._pause, self._sleep, self._clock = (1.0 / rate if rate else 0.0), sleep, clock
        self._next, self._answered = 0.0, False
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # --- what is asked ---

    def document(self, doctype: str, name: object) -> Values:
        """A whole document with its child rows. Raises SourceRefused."""
        found = self._data(f"/api/resource/{quote(doctype, safe='')}/{quote(cstr(name), safe='')}", {})
        if not isinstance(found, dict):
            raise SourceError(f"{self.url} answered to a question for {doctype} {name} with no document")
        return found

    def rows(
        self,
        doctype: str,
        fields: list[str],
        filters: list[object],
        order_by: str,
        limit: int = 0,
        parent: str | None = None,
    ) -> list[Values]:
        """Rows of a list; a limit of 0 is all.

        `parent` is the DocType whose child rows are asked for. Raises SourceRefused.
        """
        params = {
            "fields": json.dumps(fields),
            "filters": json.dumps(filters),
            "order_by": order_by,
            "limit_page_length": str(limit),
        }
        if parent:
            params["parent"] = parent
        found = self._data(f"/api/resource/{quote(doctype, safe='')}", params)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise SourceError(f"{self.url} answered to a question for a list of {doctype} with no list")
        return found

    def count(self, doctype: str, filters: list[object]) -> int | None:
        """How many documents there are, if the site tells."""
        try:
            found = self._json(
                "/api/method/frappe.client.get_count", {"doctype": doctype, "filters": json.dumps(filters)}
            ).get("message")
        except SourceRefused:
            return None
        return found if isinstance(found, int) else None

    def content(self, file_url: str) -> bytes:
        """The content of one of the site's own files. Raises SourceRefused."""
        return self.get(quote(file_url), {})

    def _data(self, path: str, params: dict[str, str]) -> object:
        return self._json(path, params).get("data")

    def _json(self, path: str, params: dict[str, str]) -> Values:
        body = self.get(path, params)
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SourceError(f"{self.url}{path} answered with no JSON object; is this the address of a Frappe site?")
        return found

    # --- how it is asked ---

    def get(self, path: str, params: dict[str, str]) -> bytes:
        """The body of an answer.

        Raises SourceRefused for a refusal, SourceError if there is none after several tries.
        """
        target = f"{self._prefix}{path}" + (f"?{urlencode(params)}" if params else "")
        tries = 0
        while True:
            tries += 1
            self._keep_rate()
            try:
                status, headers, body = self._ask(target)
                reason = f"status {status}"
            except _MISREAD as error:
                self.close()
                status, headers, body, reason = 0, {}, b"", str(error) or type(error).__name__
            if status and status not in BUSY:
                self._answered = True
                return self._checked(path, status, headers, body)
            if tries >= (TRIES if self._answered or status else FIRST_TRIES):
                plain = (
                    f"; write http{self.url.removeprefix('https')} if it speaks no TLS"
                    if _WITHOUT_TLS in reason
                    else ""
                )
                raise SourceError(
                    f"{self.url} does not answer ({reason}){plain}; what was copied is kept, and the same command goes "
                    "on from there"
                )
            self._sleep(_wait(tries, headers.get("retry-after", "")))

    def _keep_rate(self) -> None:
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._pause

    def _ask(self, target: str) -> tuple[int, dict[str, str], bytes]:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=TIMEOUT)
        self._connection.request("GET", target, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read()
        headers = {key.lower(): value for key, value in response.getheaders()}
        return response.status, headers, gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body

    def _checked(self, path: str, status: int, headers: dict[str, str], body: bytes) -> bytes:
        if 300 <= status < 400:
            raise SourceError(
                f"{self.url} sends us on to {headers.get('location', 'elsewhere')}; name that site's address instead"
            )
        if status == 401:
            raise SourceRefused(
                status, f"{self.url} does not accept the token; it is API_KEY:API_SECRET of a user there"
            )
        if status >= 400:
            hint = "" if "Authorization" in self._headers else "; no token was given, so a guest asked"
            raise SourceRefused(status, f"{self.url} refuses {path} with {status}: {told(body)}{hint}")
        return body


def _wait(tries: int, retry_after: str) -> float:
    """Seconds until the next try.

    What the site says, or twice as long each time, and never at the same moment as others.
    """
    if retry_after.strip().isdecimal():
        return min(float(retry_after), LONGEST_WAIT)
    moment = email.utils.parsedate_to_datetime(retry_after) if _is_date(retry_after) else None
    if moment is not None:
        return min(max(moment.timestamp() - time.time(), 0.0), LONGEST_WAIT)
    return float(min(2.0 ** (tries - 1), LONGEST_WAIT) * random.uniform(0.75, 1.25))  # noqa: S311 - no secret


def _is_date(text: str) -> bool:
    return email.utils.parsedate(text) is not None


def told(body: bytes) -> str:
    """What a Frappe's refusal says to people."""
    try:
        found = json.loads(body)
        messages = [
            json.loads(each) if isinstance(each, str) else each
            for each in json.loads(found.get("_server_messages") or "[]")
        ]
        texts = [cstr(each.get("message")) for each in messages] or [
            cstr(found.get("exception") or found.get("message") or found.get("exc_type"))
        ]
    except (ValueError, AttributeError, TypeError):
        return "no explanation"
    return strip_html("; ".join(texts))[:500] or "no explanation"
