"""`from frappe.rate_limiter import rate_limit`: app code limits how often one of its functions may be called.

Counted in memory, per process: with several workers a caller gets up to so many times the limit.

    @frappe.whitelist(allow_guest=True)
    @rate_limit(limit=5, seconds=3600)        the sixth call of an hour from one address  ->  429 RateLimitExceededError
    def subscribe(email): …
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..context import current
from ..errors import RateLimitExceededError, ValidationError
from ..throttle import network_of, retry_after
from ..utils import cstr
from ..values import Function

TEXT = "You hit the rate limit because of too many requests. Please try after sometime."


def rate_limit(
    key: str | None = None, limit: Any = 5, seconds: int = 86400, methods: Any = "ALL", ip_based: bool = True
) -> Callable[[Function], Function]:
    """Let the function be called `limit` times in `seconds`, per address and, with `key`, per value of that parameter.

    `limit` may be a function; `methods` are the verbs that count. Raises RateLimitExceededError in the call beyond.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def limited(*args: object, **kwargs: object) -> object:
            ctx = current.get(None)
            if ctx is None or not ctx.request.method or (methods != "ALL" and ctx.request.method not in methods):
                return function(*args, **kwargs)
            parts = [
                network_of(ctx.request.remote_addr) if ip_based else "",
                cstr(ctx.request.params.get(key))[:140] if key else "",
            ]
            if not any(parts):
                raise ValidationError.told("Either key or IP flag is required.")
            most = limit() if callable(limit) else limit
            count, left = ctx.site.windows.count((f"{function.__module__}.{function.__qualname__}", *parts), seconds)
            if count > most:
                raise retry_after(RateLimitExceededError.told(TEXT), left)
            return function(*args, **kwargs)

        return limited

    return decorate
