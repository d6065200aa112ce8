"""`frappe.utils.verified_command`: links that a mail carries, which nobody can change, and who follows them need not
sign in.

get_signed_params({"email": "ann@x.org"})  ->  email=ann%40x.org&_signature=5f1c…
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from ..access.hashing import same
from ..errors import PermissionError
from ..utils import cstr
from .context import ctx

_KEY = "link key"


def _key(make: bool) -> str:
    """The site's key for links, made with the first of them."""
    found = ctx().store.value(_KEY)
    if found is None and make:
        ctx().store.database.begin_write()
        found = ctx().store.value(_KEY)  # another process may have made one meanwhile
    if found is None and make:
        found = secrets.token_hex(32)
        ctx().store.set_value(_KEY, found)
    return cstr(found)


def _signature(text: str, make: bool = False) -> str:
    return hmac.new(_key(make).encode(), text.encode(), hashlib.sha256).hexdigest()


def get_signed_params(params: str | Mapping[str, object]) -> str:
    """A query string with its signature at the end."""
    given = parse_qsl(params, keep_blank_values=True) if isinstance(params, str) else list(params.items())
    pairs = [(cstr(key), cstr(value)) for key, value in given]
    return urlencode([*pairs, ("_signature", _signature(urlencode(sorted(pairs)), make=True))])


def verify_params(params: Mapping[str, object]) -> None:
    """Raises PermissionError unless the values are as they were signed, in any order."""
    given = {key: cstr(value) for key, value in params.items()}
    signature = given.pop("_signature", "")
    if not _key(make=False) or not same(_signature(urlencode(sorted(given.items()))), signature):
        raise PermissionError.told("This link is not valid: copy it from the mail to its very end")


def verify_request() -> bool:
    """Whether the address of this request was signed here. Raises PermissionError, as no app goes on without asking."""
    verify_params(dict(ctx().request.query))
    return True


__all__ = ["get_signed_params", "verify_params", "verify_request"]
