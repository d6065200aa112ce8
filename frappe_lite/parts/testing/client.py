"""One user's requests to a site, without a port: HTTP's verbs, and the few calls that most tests are made of.

client.get("/api/resource/Task", params={"filters": [["status", "=", "Open"]]}).json
client.insert({"doctype": "Task", "subject": "x"})          raises what the server raised: frappe.MandatoryError …
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from ...values import Given, JsonObject
from .faults import ERRORS, PATIENCE
from .wsgi_client import WsgiClient

if TYPE_CHECKING:
    from . import TestSite


class Client:
    """Requests as one user, by API key; None is a guest, until `login`. Cookies are kept."""

    __test__ = False

    def __init__(self, site: TestSite, user: str | None = "Administrator", application: Any = None):
        self.site, self.user = site, user
        self.wsgi = WsgiClient(application or site.app)
        self.headers: dict[str, str] = {}

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Given | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        """Send a request; lists and dicts in `params` go as JSON text. `json`, `data` and the rest are werkzeug's."""
        if params is not None:
            options["query_string"] = {
                key: value if isinstance(value, str) else json.dumps(value) for key, value in params.items()
            }
        sent = {
            **({"Authorization": self.site.token(self.user)} if self.user else {}),
            **self.headers,
            **(headers or {}),
        }
        errors: list[BaseException] = []
        environ = {"REMOTE_ADDR": "127.0.0.1", **options.pop("environ_overrides", {}), ERRORS: errors, PATIENCE: None}
        response = self.wsgi.send(method, path, sent, environ, options)
        response.get_data()  # read here and now, so that nothing stays open
        response.close()
        response.error = errors[-1] if errors else None  # type: ignore[attr-defined]
        return response

    def __call__(
        self, request: str, body: object = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> TestResponse:
        """`client("POST /api/resource/Task", {"subject": "x"})`."""
        method, path = request.split(" ", 1)
        return self.request(method, path, headers=headers, **(options if body is None else {"json": body, **options}))

    def get(self, path: str, **options: Any) -> TestResponse:
        """GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        """POST."""
        return self.request("POST", path, **options)

    def put(self, path: str, **options: Any) -> TestResponse:
        """PUT."""
        return self.request("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> TestResponse:
        """PATCH."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        """DELETE."""
        return self.request("DELETE", path, **options)

    # --- documents; each raises what the server raised, and werkzeug's HTTPException for a status that is no error of
    # ours ---

    def login(self, usr: str, pwd: str) -> Client:
        """Log in with a password, and go on with the session's cookie."""
        self.user = None
        self._value("POST", "/api/method/login", json={"usr": usr, "pwd": pwd})
        return self

    def get_doc(self, doctype: str, name: object = None) -> JsonObject:
        """A document; of a Single, without a name."""
        found: JsonObject = self._value("GET", _path(doctype, name or doctype))["data"]
        return found

    def get_list(
        self, doctype: str, fields: object = None, filters: object = None, **params: object
    ) -> list[JsonObject]:
        """Documents that the user may read, 20 unless `limit_page_length` says more."""
        given = {"fields": fields, "filters": filters, **params}
        found: list[JsonObject] = self._value(
            "GET", _path(doctype), params={key: value for key, value in given.items() if value is not None}
        )["data"]
        return found

    def insert(self, doc: Given) -> JsonObject:
        """Store a new document."""
        made: JsonObject = self._value("POST", _path(doc["doctype"]), json=dict(doc))["data"]
        return made

    def update(self, doc: Given) -> JsonObject:
        """Change the document of that `doctype` and `name`."""
        changed: JsonObject = self._value("PUT", _path(doc["doctype"], doc["name"]), json=dict(doc))["data"]
        return changed

    def delete_doc(self, doctype: str, name: object) -> None:
        """Delete a document."""
        self._value("DELETE", _path(doctype, name))

    def call(self, method: str, **params: object) -> object:
        """Call a whitelisted function, by POST; what it returned."""
        return self._value("POST", f"/api/method/{method}", json=params).get("message")

    def _value(self, method: str, path: str, **options: Any) -> Any:
        response = self.request(method, path, **options)
        if response.status_code < 400:
            return response.json
        error: BaseException | None = response.error  # type: ignore[attr-defined]
        if error is not None:
            raise error
        failure = HTTPException(response.get_data(as_text=True))
        failure.code = response.status_code
        raise failure


def _path(doctype: str, name: object = None) -> str:
    return f"/api/resource/{quote(doctype)}" + (f"/{quote(str(name), safe='')}" if name is not None else "")
