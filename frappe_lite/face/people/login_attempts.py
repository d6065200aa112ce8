"""`frappe.auth.LoginAttemptTracker`: app code counts tries of its own by it, a telephone's code for instance. The
server's logins count theirs in `throttle`."""

from __future__ import annotations

from ...access.auth import login_limit
from ...utils import cint, now_datetime, time_diff_in_seconds
from ...values import Values
from ..caching.cache import cache
from ..context import ctx
from ..exceptions import SecurityException


class LoginAttemptTracker:
    """Who fails too often must wait: `lock_interval` seconds after the last of so many failures in a row."""

    def __init__(
        self,
        key: str | None = None,
        max_consecutive_login_attempts: int = 3,
        lock_interval: int = 5 * 60,
        *,
        user_name: str | None = None,
    ):
        self.key = f"login attempts of {key or user_name}"
        self.most, self.seconds = max_consecutive_login_attempts, lock_interval

    @property
    def _failures(self) -> Values:
        return cache.get_value(self.key) or {"count": 0, "moment": ""}

    @property
    def login_failed_count(self) -> int:
        """How often it failed."""
        return cint(self._failures["count"])

    def add_failure_attempt(self) -> None:
        """One more that failed."""
        count = 0 if self._is_over() else self.login_failed_count
        kept = {"count": count + 1, "moment": now_datetime().isoformat(" ")}
        cache.set_value(self.key, kept, expires_in_sec=max(self.seconds, 1))

    def add_success_attempt(self) -> None:
        """It went well: nothing is held against the user any more."""
        cache.delete_value(self.key)

    def is_user_allowed(self) -> bool:
        """Whether the user may try."""
        return self.login_failed_count < self.most or self._is_over()

    def _is_over(self) -> bool:
        moment = self._failures["moment"]
        return not moment or time_diff_in_seconds(now_datetime(), moment) > self.seconds


def get_login_attempt_tracker(key: str, raise_locked_exception: bool = True) -> LoginAttemptTracker:
    """The tracker of somebody's tries, by the limits in System Settings. Raises SecurityException while they must
    wait."""
    most, seconds = login_limit(ctx())
    tracker = LoginAttemptTracker(key, most, seconds)
    if raise_locked_exception and not tracker.is_user_allowed():
        raise SecurityException.told(f"Your account has been locked and will resume after {seconds} seconds")
    return tracker


__all__ = ["LoginAttemptTracker", "get_login_attempt_tracker"]
