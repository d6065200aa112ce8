"""What encrypts a call of another server, made once: reading the machine's certificates takes 40 ms of everybody's
time.

The interpreter lets no request run meanwhile, so a context for each mail is felt by all.
"""

from __future__ import annotations

import functools
import os
import ssl
import time

ANEW = 3600.0
"""Seconds after which the certificates are read again: the machine may have been given others."""


def context_for(checks_certificate: bool = True) -> ssl.SSLContext:
    """What a connection is encrypted by, whether or not the other side must show who it is. Nobody changes it."""
    places = tuple(os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    return _made(checks_certificate, places, time.monotonic() // ANEW)


@functools.lru_cache(maxsize=4)
def _made(checks_certificate: bool, _places: tuple[str | None, ...], _period: float) -> ssl.SSLContext:
    made = ssl.create_default_context()
    if not checks_certificate:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


__all__ = ["context_for"]
