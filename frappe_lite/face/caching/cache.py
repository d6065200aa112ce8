"""`frappe.cache`: values kept in this process, forgotten when it ends. Frappe keeps them in Redis, for all processes.

Another process has values of its own; what is deleted here it forgets too, where a site is served, by
parts/forgetting.py. `frappe.cache()` is the same as `frappe.cache`. Values are kept as they are, not copied; an expiry
is in seconds.
"""

from __future__ import annotations

import contextlib
import fnmatch
import functools
import threading
import time
from collections.abc import Callable
from typing import Any

from ...errors import ValidationError
from ..context import ctx
from .pipeline import Pipeline
from .search import FullText

_NEVER = float("inf")

NEWS = "cache news"
"""On the site's shelf: what tells other processes of deletions, and hears of theirs."""

Values = dict[str, tuple[float, Any]]
"""Key -> until when, and what."""


class LockTimeoutError(ValidationError):
    """A lock was held by somebody else for too long."""


class Lock(contextlib.ContextDecorator):
    """A lock among the threads that serve a site."""

    def __init__(self, name: str, timeout: float | None = None):
        self.name, self.timeout = f"lock:{name}", timeout

    def acquire(self, blocking: bool = True, blocking_timeout: float | None = None) -> bool:
        """Wait for it, for so many seconds at most; whether it came."""
        found: Any = ctx().site.shelf.setdefault(self.name, threading.Lock())
        seconds = self.timeout if blocking_timeout is None else blocking_timeout
        return bool(found.acquire(blocking, -1 if seconds is None or not blocking else seconds))

    def release(self) -> None:
        """Give it back."""
        ctx().site.shelf[self.name].release()

    def __enter__(self) -> Lock:
        if not self.acquire():
            raise LockTimeoutError.told(
                f"Failed to acquire lock: {self.name.partition(':')[2]}. It is held by somebody else."
            )
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


class Cache:
    """The cache of the site of the moment."""

    def __call__(self) -> Cache:
        """Itself: `frappe.cache()` is `frappe.cache`."""
        return self

    @property
    def _values(self) -> Values:
        site = ctx().site
        values: Values = site.shelf.setdefault("cache", {})
        if news := site.shelf.get(NEWS):
            news.hear(ctx(), values)
        return values

    @staticmethod
    def _tell(*gone: list[str]) -> None:
        if gone and (news := ctx().site.shelf.get(NEWS)):
            news.tell(list(gone))

    @staticmethod
    def _key(key: object, user: object = None) -> str:
        if isinstance(key, bytes):  # as `make_key` and `get_keys` give it
            return key.decode().removeprefix(f"{ctx().site.title}|")
        return f"user:{ctx().user if user is True else user}:{key}" if user else str(key)

    def set_value(
        self, key: object, val: object, user: object = None, expires_in_sec: float | None = None, shared: bool = False
    ) -> None:
        """Keep a value, for `expires_in_sec` seconds or for good."""
        self._values[self._key(key, user)] = (time.monotonic() + expires_in_sec if expires_in_sec else _NEVER, val)

    def setex(self, name: object, time: float, value: object) -> None:
        """Keep a value for some seconds."""
        self.set_value(name, value, expires_in_sec=time)

    def get_value(
        self,
        key: object,
        generator: Callable[[], object] | None = None,
        user: object = None,
        expires: bool = False,
        shared: bool = False,
        *,
        use_local_cache: bool = True,
    ) -> Any:
        """The kept value; what `generator` makes where there is none, which is kept then; else None."""
        expiry, value = self._values.get(self._key(key, user), (0.0, None))
        if expiry > time.monotonic():
            return value
        if generator is None:
            return None
        value = generator()
        self.set_value(key, value, user)
        return value

    get = get_value

    def exists(self, *names: object, user: object = None, shared: bool = False) -> int:
        """How many of the keys have a value."""
        return sum(self.get_value(name, user=user) is not None for name in names)

    def delete_value(self, keys: object, user: object = None, make_keys: bool = True, shared: bool = False) -> None:
        """Forget one key, or each of a list."""
        names = [self._key(key, user) for key in (keys if isinstance(keys, list | tuple | set) else [keys])]
        for name in names:
            self._values.pop(name, None)
        self._tell(*(["key", name] for name in names))

    delete_key = delete = delete_value

    def delete_keys(self, key: str) -> None:
        """Forget every key that begins so."""
        for each in self._known(key):
            self._values.pop(each, None)
        self._tell(["like", key if "*" in key else f"{key}*"])

    def get_keys(self, key: str) -> list[bytes]:
        """The keys that begin so, or fit a pattern with *, as Redis has them: in bytes, after the database's name and a
        `|`."""
        return [self.make_key(each) for each in self._known(key)]

    def _known(self, key: str) -> list[str]:
        return fnmatch.filter(list(self._values), key if "*" in key else f"{key}*")

    def _hash(self, name: object) -> dict[object, object]:
        found = self.get_value(name)
        if found is None:
            self.set_value(name, found := {})
        table: dict[object, object] = found
        return table

    def hset(self, name: object, key: object, value: object, shared: bool = False) -> None:
        """Keep a value under a key of a named table."""
        self._hash(name)[key] = value

    def hget(
        self, name: object, key: object, generator: Callable[[], object] | None = None, shared: bool = False
    ) -> object:
        """The value under a key of a named table; what `generator` makes where there is none."""
        table = self._hash(name)
        if key not in table and generator is not None:
            table[key] = generator()
        return table.get(key)

    def hgetall(self, name: object) -> dict[object, object]:
        """A named table."""
        return dict(self._hash(name))

    def hexists(self, name: object, key: object, shared: bool = False) -> bool:
        """Whether a named table has the key."""
        return key in self._hash(name)

    def hkeys(self, name: object) -> list[object]:
        """The keys of a named table."""
        return list(self._hash(name))

    def hvals(self, name: object) -> list[object]:
        """The values of a named table."""
        return list(self._hash(name).values())

    def hdel(self, name: object, keys: object, shared: bool = False, pipeline: object = None) -> None:
        """Forget a key of a named table, or several."""
        given = list(keys) if isinstance(keys, list | tuple) else [keys]
        for key in given:
            self._hash(name).pop(key, None)
        self._tell(*(["hash", str(name), key] if isinstance(key, str) else ["key", str(name)] for key in given))

    def hdel_names(self, names: Any, key: object) -> None:
        """Forget a key of several named tables."""
        for name in names:
            self.hdel(name, key)

    def incr(self, name: object, amount: int = 1) -> int:
        """Count up and return the number."""
        number = int(self.get_value(name) or 0) + amount
        self.set_value(name, number)
        return number

    incrby = incr

    def decr(self, name: object, amount: int = 1) -> int:
        """Count down and return the number."""
        return self.incr(name, -amount)

    def expire(self, name: object, time: float) -> bool:
        """Let a value go after some seconds; whether there is one."""
        if not self.exists(name):
            return False
        self.set_value(name, self.get_value(name), expires_in_sec=time)
        return True

    def make_key(self, key: object, user: object = None, shared: bool = False) -> bytes:
        """The key as Redis has it: in bytes, after the database's name and a `|`, unless it is `shared`."""
        if isinstance(key, bytes):
            return key
        made = self._key(key, user)
        return (made if shared else f"{ctx().site.title}|{made}").encode()

    def ft(self, index_name: str = "idx") -> FullText:
        """The full-text search of RediSearch, which is not here: see there."""
        return FullText(index_name)

    def pipeline(self) -> Pipeline:
        """What is done at once."""
        return Pipeline(self)

    def lpush(self, key: object, value: object) -> None:
        """Put a value before a list."""
        self._list(key).insert(0, value)

    def rpush(self, key: object, value: object) -> None:
        """Put a value behind a list."""
        self._list(key).append(value)

    def lrange(self, key: object, start: int, stop: int) -> list[object]:
        """Values of a list, the last one included."""
        return self._list(key)[start : None if stop == -1 else stop + 1]

    def _list(self, key: object) -> list[object]:
        found = self.get_value(key)
        if found is None:
            self.set_value(key, found := [])
        values: list[object] = found
        return values

    def sadd(self, name: object, *values: object) -> None:
        """Put values into a set."""
        self.set_value(name, {*(self.get_value(name) or ()), *values})

    def srem(self, name: object, *values: object) -> None:
        """Take values out of a set."""
        self.set_value(name, {*(self.get_value(name) or ())} - {*values})

    def smembers(self, name: object) -> frozenset[object]:
        """The values of a set."""
        return frozenset(self.get_value(name) or ())

    def sismember(self, name: object, value: object) -> bool:
        """Whether a set has the value."""
        return value in self.smembers(name)

    def flushall(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._tell(["like", "*"])

    def lock(
        self,
        name: object,
        timeout: float | None = None,
        sleep: float = 0.1,
        blocking: bool = True,
        blocking_timeout: float | None = None,
        *,
        thread_local: bool = True,
    ) -> Lock:
        """A lock of that name, among the threads of this process: for `with`, or as a decorator. Whoever dies lets go
        of it, so `timeout` has nothing to end."""
        return Lock(str(name), blocking_timeout)

    def set(
        self,
        key: object,
        value: object,
        ex: float | None = None,
        px: float | None = None,
        nx: bool = False,
        xx: bool = False,
    ) -> bool:
        """Keep a value, for `ex` seconds, `px` milliseconds or for good; `nx` only where none is, `xx` only where one
        is. Whether it was kept."""
        if (nx and self.exists(key)) or (xx and not self.exists(key)):
            return False
        self.set_value(key, value, expires_in_sec=px / 1000 if px else ex)
        return True

    def ping(self) -> bool:
        """It is there."""
        return True


cache = Cache()


def filelock(lock_name: str, *, timeout: float = 30, is_global: bool = False) -> Lock:
    """A lock of that name, for `with`, among the threads of this process. Raises LockTimeoutError after `timeout`
    seconds."""
    return Lock(f"file:{lock_name}", timeout)


def redis_cache(ttl: Any = 3600, user: object = None, shared: bool = False) -> Callable[..., object]:
    """A decorator: keep a function's answers, by its arguments, for `ttl` seconds.

    `function.clear_cache()` forgets them.
    """
    if callable(ttl):
        return _caching(ttl, 3600, user)
    return lambda function: _caching(function, ttl, user)


def site_cache(ttl: Any = None, maxsize: int | None = None) -> Callable[..., object]:
    """A decorator: keep a function's answers for `ttl` seconds, or until they are forgotten; how many are kept is the
    cache's own matter."""
    return _caching(ttl, None, None) if callable(ttl) else lambda function: _caching(function, ttl, None)


def request_cache(function: Callable[..., object]) -> Callable[..., object]:
    """A decorator: keep a function's answers for the length of the request."""

    @functools.wraps(function)
    def answer(*args: object, **kwargs: object) -> object:
        table = ctx().transaction.kept.setdefault("request cache", {})
        key = (function, args, tuple(sorted(kwargs.items())))
        try:
            hash(key)
        except TypeError:
            return function(*args, **kwargs)  # Frappe: what no key can be made of is not kept
        if key not in table:
            table[key] = function(*args, **kwargs)
        return table[key]

    return answer


def _caching(function: Callable[..., object], ttl: float | None, user: object) -> Callable[..., object]:
    name = f"function:{function.__module__}.{getattr(function, '__qualname__', repr(function))}"

    @functools.wraps(function)
    def answer(*args: object, **kwargs: object) -> object:
        key = f"{name}:{_frozen(args)}:{_frozen(kwargs)}"
        kept = cache.get_value(key, user=user)
        if kept is None:
            kept = (function(*args, **kwargs),)  # in a tuple, so that None is an answer too
            cache.set_value(key, kept, user, expires_in_sec=ttl)
        return kept[0]

    def clear() -> None:
        cache.delete_keys(name if not user else f"*{name}*")

    answer.clear_cache = clear  # type: ignore[attr-defined]
    return answer


def _frozen(value: object) -> str:
    return repr(sorted(value.items()) if isinstance(value, dict) else value)


def http_cache(
    *, public: bool = False, max_age: int | None = None, stale_while_revalidate: int | None = None
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """A decorator: browsers may keep what a GET of the function answers, for `max_age` seconds; with `public` proxies
    too."""
    ages = [f"max-age={max_age}"] if max_age is not None else []
    ages += [f"stale-while-revalidate={stale_while_revalidate}"] if stale_while_revalidate is not None else []
    value = ",".join(["public" if public else "private", *ages])

    def decorate(function: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(function)
        def answer(*args: object, **kwargs: object) -> object:
            found, request = function(*args, **kwargs), ctx().request
            if request.method == "GET" and f"{function.__module__}.{function.__name__}" in request.path:
                ctx().headers.append(("Cache-Control", value))
            return found

        return answer

    return decorate


__all__ = ["Cache", "LockTimeoutError", "cache", "filelock", "http_cache", "redis_cache", "request_cache", "site_cache"]
