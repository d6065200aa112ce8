"""Tokens that only their owner knows: kept as hashes, compared in constant time.

For what is random already, such as keys and session ids. Passwords have a slow hash, in `auth`; what must be read again
is encrypted, in `encryption`.
"""

from __future__ import annotations

import hashlib
import hmac


def digest(token: str) -> str:
    """The hash of a token that is random already: no salt and no stretching needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
