"""Where OAuth's methods are, and their answers: JSON that nobody may keep."""

from __future__ import annotations

from collections.abc import Iterable

from werkzeug.wrappers import Response

from ...protocol import dump_json

PREFIX = "frappe.integrations.oauth2"


def json_answer(value: object, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """An answer at the top level, as RFC 6749 has it."""
    response = Response(
        value if isinstance(value, str) else dump_json(value), status, dict(headers), mimetype="application/json"
    )
    response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    return response
