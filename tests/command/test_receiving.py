"""Receiving bodies: the deadline, the places, and that nobody waits for one who sends slowly."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

import frappe_lite
from frappe_lite.command import receiving
from frappe_lite.command.receiving import Arrival, Patient, Receiver, with_deadline
from frappe_lite.errors import (
    BadRequestError,
    FrappeError,
    PayloadTooLargeError,
    RequestTimeoutError,
    TooManyRequestsError,
)

SOON = 0.05
"""Seconds that a body may take here."""


class Slow:
    """A body of which more comes when the test says so."""

    def __init__(self) -> None:
        self.more, self.asked = threading.Semaphore(0), threading.Event()
        self.sizes: list[int] = []

    def read(self, size: int = -1) -> bytes:
        self.sizes.append(size)
        self.asked.set()
        self.more.acquire()
        return b"x" * max(size, 1)


class Pieces:
    """A body whose `read(size)` gives all of that, and `read()` what it was told."""

    def __init__(self, size: int, whole: bytes | OSError = b""):
        self.left, self.whole = size, whole
        self.sizes: list[int] = []

    def read(self, size: int = -1) -> bytes:
        self.sizes.append(size)
        if size < 0:
            if isinstance(self.whole, OSError):
                raise self.whole
            return self.whole
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    for _ in range(10_000):
        made.more.release()


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it is true. Raises AssertionError after ten seconds."""
    until = time.perf_counter() + 10
    while not condition():
        assert time.perf_counter() < until


def idle(receiver: Receiver) -> bool:
    """Whether one of its threads has nothing to do."""
    found = receiver._idle.acquire(blocking=False)
    if found:
        receiver._idle.release()
    return found


# --- the deadline ---


@pytest.mark.parametrize("size", [1, 63, 64, 1000, 300_000], ids=str)
def test_a_body_is_received_whole(size: int) -> None:
    stream = Pieces(size)
    assert Receiver().receive(Arrival(stream, size), 10**6, is_guest=False) == b"x" * size
    assert max(stream.sizes) <= receiving.PIECES[1]


def test_a_body_that_ends_early_is_given_as_it_is() -> None:
    assert Receiver().receive(Arrival(Pieces(100), 1000), 10**6, is_guest=False) == b"x" * 100


def test_who_sends_nothing_is_given_up(slow: Slow) -> None:
    with pytest.raises(RequestTimeoutError):
        Receiver(seconds=SOON).receive(Arrival(slow, 1000), 10**6, is_guest=False)


def test_who_was_given_up_is_let_go_of_at_the_next_bytes(slow: Slow) -> None:
    """granian closes the connection when nothing refers to the body any more."""
    receiver, arrival = Receiver(seconds=SOON), Arrival(slow, 10**9)
    with pytest.raises(RequestTimeoutError):
        receiver.receive(arrival, 10**9, is_guest=False)
    slow.more.release()
    wait_for(arrival.done.is_set)
    assert (arrival.stream, slow.sizes) == (None, [64])


def test_a_large_body_may_take_longer() -> None:
    assert receiving.allowed_seconds(0) == receiving.SECONDS
    assert receiving.allowed_seconds(receiving.LEAST_RATE * 60) == receiving.SECONDS + 60


@pytest.mark.parametrize(
    ("whole", "grown", "expected"),
    [
        pytest.param(b"all of it", 0, b"all of it", id="whole"),
        pytest.param(b"", 0, BadRequestError, id="broken, or empty: granian does not tell which"),
        pytest.param(OSError("gone"), 0, OSError, id="a server that does tell"),
        pytest.param(None, 10**9, PayloadTooLargeError, id="the process grows"),
        pytest.param(None, -1, BadRequestError, id="the process cannot see itself grow"),
        pytest.param(None, 0, RequestTimeoutError, id="it takes too long"),
    ],
)
def test_a_body_in_chunks(whole: Any, grown: int, expected: Any, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([0 if grown < 0 else 1000])
    monkeypatch.setattr(receiving, "resident_bytes", lambda: next(sizes, 1000 + grown))
    arrival, receiver = Arrival(slow if whole is None else Pieces(0, whole), 0), Receiver(seconds=SOON)
    if isinstance(expected, bytes):
        assert receiver.receive(arrival, 10**6, is_guest=True) == expected
    else:
        with pytest.raises(expected):
            receiver.receive(arrival, 10**6, is_guest=True)


def test_a_process_knows_its_memory() -> None:
    assert receiving.resident_bytes() > 10**6


# --- the places ---


def waiting(receiver: Receiver, is_guest: bool, slow: Slow, length: int = 1000) -> threading.Thread:
    """Somebody whose body is being received."""

    def run() -> None:
        with contextlib.suppress(FrappeError):  # it ends with the test
            receiver.receive(Arrival(slow, length), 10**6, is_guest)

    slow.asked.clear()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert slow.asked.wait(10)
    return thread


@pytest.mark.parametrize(
    ("there", "length", "comes", "refused"),
    [
        pytest.param([True], 1000, True, True, id="guests have a part of the places"),
        pytest.param([True], 1000, False, False, id="so there is one left for who is signed in"),
        pytest.param([True, False], 1000, False, True, id="but not more than there are"),
        pytest.param([False, False], 1000, True, True, id="a guest needs one of all"),
        pytest.param([], 1000, True, False, id="nobody is there"),
    ],
)
def test_places(there: list[bool], length: int, comes: bool, refused: bool, slow: Slow) -> None:
    receiver = Receiver(places=2, guest_places=1, seconds=60)
    for is_guest in there:
        waiting(receiver, is_guest, slow, length)
    if refused:
        with pytest.raises(TooManyRequestsError) as caught:
            receiver.receive(Arrival(Pieces(10), 10), 10**6, comes)
        assert caught.value.headers == (("Retry-After", "2"),)
    else:
        assert receiver.receive(Arrival(Pieces(10), 10), 10**6, comes) == b"x" * 10


def test_few_bodies_of_unknown_length_at_once(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "resident_bytes", lambda: 1000)
    receiver = Receiver(seconds=60)
    for _ in range(receiving.CHUNKED_PLACES):
        waiting(receiver, False, slow, length=0)
    with pytest.raises(TooManyRequestsError):
        receiver.receive(Arrival(Pieces(0, b"x"), 0), 10**6, is_guest=False)


def test_a_place_is_free_when_somebody_is_given_up(slow: Slow) -> None:
    """Even if the thread still waits for the connection to end."""
    receiver = Receiver(places=1, seconds=SOON)
    for _ in range(3):
        with pytest.raises(RequestTimeoutError):
            receiver.receive(Arrival(slow, 1000), 10**6, is_guest=False)


def test_a_thread_receives_one_after_the_other() -> None:
    receiver, before = Receiver(), threading.active_count()
    for _ in range(20):
        receiver.receive(Arrival(Pieces(10), 10), 10**6, is_guest=False)
        wait_for(lambda: idle(receiver))
    assert threading.active_count() == before + 1


# --- the application meanwhile ---


@pytest.fixture(scope="module")
def site() -> Iterator[frappe_lite.Site]:
    made = frappe_lite.Site()
    yield made
    made.close()


def ask(application: Any, body: Any = None, length: int = 0, **environ: Any) -> list[bytes]:
    made = {"REQUEST_METHOD": "POST", "wsgi.input": body, "CONTENT_LENGTH": str(length) if length else "", **environ}
    return list(application(made, lambda *_: None))


def test_a_body_on_its_way_takes_no_slot(site: frappe_lite.Site, slow: Slow) -> None:
    def application(environ: Any, _start: Any) -> list[bytes]:
        return [environ["wsgi.input"].read(10)] if environ["CONTENT_LENGTH"] else [b"at once"]

    patient = Patient(application, site, slots=1)
    answers: list[bytes] = []
    one = threading.Thread(target=lambda: answers.extend(ask(patient, slow, 10)))
    one.start()
    assert slow.asked.wait(10)
    assert ask(patient) == [b"at once"]
    slow.more.release()
    one.join(10)
    assert answers == [b"x" * 10]


def test_a_guest_is_known_as_one_when_the_body_is_read(site: frappe_lite.Site) -> None:
    seen = []

    class Known(Receiver):
        def receive(self, arrival: Arrival, limit: int, is_guest: bool) -> bytes:
            seen.append((limit, is_guest))
            return b"{}"

    patient = Patient(frappe_lite.App(site), site, receiver=Known())
    for _ in range(2):
        ask(patient, Pieces(2), 2, PATH_INFO="/api/method/ping", CONTENT_TYPE="application/json")
    assert seen == [(2, True)] * 2


@pytest.mark.parametrize(
    ("sent", "body", "answer"),
    [
        pytest.param([b"from memory"], None, b"from memory", id="what asks for nothing"),
        pytest.param([], None, b"", id="also without a byte, as to HEAD"),
        pytest.param(None, None, b"the application", id="what is not the shortcut's"),
        pytest.param([b"from memory"], Pieces(5), b"the application", id="a body is received whatever it is for"),
    ],
)
def test_a_shortcut_needs_no_slot(sent: list[bytes] | None, body: Pieces | None, answer: bytes) -> None:
    site, free = frappe_lite.Site(), list[int]()
    site.extensions.shortcuts[:] = [lambda *_: free.append(patient.slots._value) or sent]
    patient = Patient(lambda *_: free.append(patient.slots._value) or [b"the application"], site, slots=7)
    assert b"".join(ask(patient, body, 5 if body else 0)) == answer
    assert free == ([6] if body else [7, 6] if sent is None else [7])
    site.close()


@pytest.mark.parametrize(
    ("length", "drained"),
    [
        pytest.param(1000, True, id="a small one"),
        pytest.param(20_000_000, True, id="a large one: the client sends all of it before it reads"),
        pytest.param(10**12, False, id="not one that nobody may send"),
    ],
)
def test_a_body_that_was_refused_unread_is_received_and_forgotten(
    site: frappe_lite.Site, length: int, drained: bool
) -> None:
    body = Pieces(min(length, 30_000_000))
    assert ask(Patient(lambda *_: [b"no"], site), body, length) == [b"no"]
    assert (body.left == 0) == drained


def test_of_a_refused_body_that_does_not_come_nobody_hears(site: frappe_lite.Site, slow: Slow) -> None:
    assert ask(Patient(lambda *_: [b"no"], site, receiver=Receiver(seconds=SOON)), slow, 1000) == [b"no"]


def test_a_request_without_a_body_has_its_own_input(site: frappe_lite.Site) -> None:
    own = io.BytesIO()
    assert ask(Patient(lambda environ, _: [b"own"] if environ["wsgi.input"] is own else [], site), own) == [b"own"]


# --- waitress ---


class FakeChannel:
    """What waitress's class has of which ours makes use."""

    def __init__(self) -> None:
        self.request: Any = None
        self.requests: list[Any] = []
        self.requests_lock = threading.Lock()
        self.tasks: list[Any] = []
        self.server = SimpleNamespace(add_task=self.tasks.append)

    def received(self, data: bytes) -> bool:
        self.request = self.request or SimpleNamespace(
            header_bytes_received=0, body_bytes_received=0, completed=False, error=None
        )
        self.request.body_bytes_received += len(data)
        return True

    def readable(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("sent", "seconds_later", "given_up"),
    [
        pytest.param([b"x"], 19, False, id="in time"),
        pytest.param([b"x"], 21, True, id="late"),
        pytest.param([b"x" * 40_000], 29, False, id="much is there: it may take longer"),
        pytest.param([b"x" * 40_000], 31, True, id="but not for ever"),
        pytest.param([b"x", b"x"], 21, True, id="the first byte counts, not the last"),
        pytest.param([], 1000, False, id="nothing is being received"),
    ],
)
def test_waitress_gives_up_who_is_late(
    sent: list[bytes], seconds_later: float, given_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr(receiving.time, "monotonic", lambda: now)
    channel = with_deadline(FakeChannel, str.upper)()
    for each in sent:
        channel.received(each)
    monkeypatch.setattr(receiving.time, "monotonic", lambda: now + seconds_later)
    assert channel.readable()
    assert [each.error for each in channel.requests] == (["THE REQUEST DID NOT ARRIVE IN TIME"] if given_up else [])
    assert channel.tasks == ([channel] if given_up else [])


def test_waitress_does_not_count_while_the_request_before_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    clock: Callable[[float], None] = lambda later: monkeypatch.setattr(receiving.time, "monotonic", lambda: now + later)  # noqa: E731 - used at once
    channel = with_deadline(FakeChannel, str)()
    clock(0)
    channel.received(b"x")
    channel.requests.append("one before")
    clock(100)
    channel.readable()
    channel.requests.clear()
    clock(110)
    channel.readable()
    assert channel.tasks == []
    clock(121)
    channel.readable()
    assert channel.tasks == [channel]
