"""What encrypts calls of other servers: made once, anew with other certificates, and one for each way of checking."""

from __future__ import annotations

import ssl

import pytest

from frappe_lite.parts import tls


@pytest.fixture
def times_made(monkeypatch: pytest.MonkeyPatch) -> list[ssl.SSLContext]:
    """What was made, instead of reading the machine's certificates."""
    made: list[ssl.SSLContext] = []

    def make() -> ssl.SSLContext:
        made.append(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", make)
    tls._made.cache_clear()
    monkeypatch.setattr(tls.time, "monotonic", lambda: 5.0)
    return made


def test_it_is_made_once(times_made: list[ssl.SSLContext]) -> None:
    assert tls.context_for() is tls.context_for()
    assert len(times_made) == 1


@pytest.mark.parametrize(
    ("checks", "mode"),
    [
        pytest.param(True, ssl.CERT_REQUIRED, id="the other side shows who it is"),
        pytest.param(False, ssl.CERT_NONE, id="or need not"),
    ],
)
def test_each_way_of_checking_has_its_own(times_made: list[ssl.SSLContext], checks: bool, mode: int) -> None:
    other = tls.context_for(not checks)
    found = tls.context_for(checks)
    assert (found.verify_mode, found.check_hostname, found is other) == (mode, checks, False)


@pytest.mark.parametrize("what", ["file", "hour"])
def test_other_certificates_are_read(
    times_made: list[ssl.SSLContext], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    before = tls.context_for()
    if what == "file":
        monkeypatch.setenv("SSL_CERT_FILE", "/another/file")
    else:
        monkeypatch.setattr(tls.time, "monotonic", lambda: 6.0 + tls.ANEW)
    assert tls.context_for() is not before
    assert len(times_made) == 2
