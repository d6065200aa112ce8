"""Tokens kept as hashes, and the key of what is encrypted."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frappe_lite.access.encryption import secret_key
from frappe_lite.access.hashing import digest, same


def test_the_key_is_made_once_and_is_its_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRAPPE_LITE_SECRET_KEY", raising=False)
    key = secret_key(str(tmp_path / "a.db"))
    assert len(key) == 32
    assert secret_key(str(tmp_path / "a.db")) == key
    assert stat.S_IMODE((tmp_path / "a.db-key").stat().st_mode) == 0o600
    assert secret_key(str(tmp_path / "b.db")) != key


def test_a_key_from_the_environment_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAPPE_LITE_SECRET_KEY", "given")
    assert len(secret_key(str(tmp_path / "a.db"))) == 32
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=20), st.text(max_size=20))
def test_tokens_are_compared_by_value(left: str, right: str) -> None:
    assert same(left, left)
    assert same(left, right) == (left == right)
    assert (digest(left) == digest(right)) == (left == right)


def test_the_hash_of_a_token_is_what_other_programs_would_make_of_it() -> None:
    """Databases hold them: another hash would end every session and every key."""
    assert digest("token") == hashlib.sha256(b"token").hexdigest()
