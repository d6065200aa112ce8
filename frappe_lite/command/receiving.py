"""Receiving bodies: how many at once, and for how long. Who sends slowly keeps nobody else waiting.

granian calls the application as soon as the headers are there, and reading the body waits for the client, for ever if
need be. So a body is read by a thread that can be given up. Who asked is known by then: guests have fewer places.

    Patient(App(site), site)          receives for a server that has not, such as granian
    with_deadline(HTTPChannel)        the same deadline for waitress, which receives by itself

Whoever is given up is answered with 408. granian closes the connection once the thread lets go of the body, which it
does at the next few bytes; one from whom nothing comes any more keeps a connection and an idle thread until it hangs
up.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import BadRequestError, FrappeError, PayloadTooLargeError, RequestTimeoutError, TooManyRequestsError
from ..request import announced_length, has_body
from ..throttle import retry_after

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from ..site import Site

SLOTS = 4
"""Requests that one process works on at once. Others wait, or are still being received."""

PLACES, GUEST_PLACES, CHUNKED_PLACES = 128, 64, 2
"""Bodies that one process receives at once, those of guests among them, and those of unknown length among them."""

SECONDS, LEAST_RATE = 20.0, 4_000
"""How long a body may take, and the bytes that each second more costs: those of a modem."""

PIECES = 64, 65_536
"""Bytes that are waited for at once.

Few at the beginning, twice as many each time, for who is given up is noticed in between.
"""

GROWTH = 64 * 1024 * 1024
"""Bytes by which a process may grow for other reasons while a body of unknown length arrives."""


def allowed_seconds(received: int, seconds: float = SECONDS) -> float:
    """How long a request may take of which so many bytes are there."""
    return seconds + received / LEAST_RATE


class Arrival:
    """A body on its way: `done` when it is there, or will not come.

    A length of 0 is an unknown one; without `keep` it is received for the client's sake.
    """

    def __init__(self, stream: Any, length: int, keep: bool = True):
        self.stream, self.length, self.keep = stream, length, keep
        self.received, self.pieces = 0, list[bytes]()
        self.given_up = False
        self.failure: OSError | None = None
        self.done = threading.Event()

    def receive(self) -> None:
        """Read to the end, or until it is given up; of an unknown length all at once."""
        size, most = PIECES
        try:
            while not self.given_up and (
                piece := self.stream.read(min(size, self.length - self.received)) if self.length else self.stream.read()
            ):
                self.received += len(piece)
                if self.keep:
                    self.pieces.append(piece)
                if self.received >= self.length:
                    break
                size = min(2 * size, most)
        except OSError as error:
            self.failure = error
        finally:
            self.stream = None  # what still refers to it keeps the connection open
            self.done.set()


class Receiver:
    """Threads that read bodies, made when they are needed, and the places for those that are waited for."""

    def __init__(self, places: int = PLACES, guest_places: int = GUEST_PLACES, seconds: float = SECONDS):
        self._seconds = seconds
        self._guests, self._chunked = threading.Semaphore(guest_places), threading.Semaphore(CHUNKED_PLACES)
        self._places = threading.Semaphore(places)
        self._waiting: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)

    def receive(self, arrival: Arrival, limit: int, is_guest: bool) -> bytes:
        """The body.

        Raises RequestTimeoutError, TooManyRequestsError, BadRequestError, PayloadTooLargeError, or what reading it
        raised.
        """
        with contextlib.ExitStack() as places:
            for each in (self._places, self._guests if is_guest else None, None if arrival.length else self._chunked):
                if each is not None:
                    if not each.acquire(blocking=False):
                        raise retry_after(
                            TooManyRequestsError.told("Too many requests are being received at this moment; try again"),
                            1,
                        )
                    places.callback(each.release)
            self._waiting.put(arrival)
            if not self._idle.acquire(blocking=False):
                threading.Thread(target=self._work, name="frappe_lite-receiving", daemon=True).start()
            try:
                self._wait(arrival) if arrival.length else self._wait_for_chunks(arrival, limit)
            finally:
                arrival.given_up = True
        if arrival.failure is not None:
            raise arrival.failure
        return b"".join(arrival.pieces)

    def _work(self) -> None:
        while True:
            self._waiting.get().receive()
            self._idle.release()

    def _wait(self, arrival: Arrival) -> None:
        began = time.monotonic()
        while not arrival.done.wait(
            max(0.0, began + allowed_seconds(arrival.received, self._seconds) - time.monotonic())
        ):
            if time.monotonic() - began >= allowed_seconds(arrival.received, self._seconds):
                raise _too_slow()

    def _wait_for_chunks(self, arrival: Arrival, limit: int) -> None:
        """granian's `read(size)` says nothing of a broken chunk.

        `read()` answers nothing then, but knows no limit: what it takes is seen by how the process grows.
        """
        before, until = resident_bytes(), time.monotonic() + 3 * self._seconds
        if not before:
            raise BadRequestError.told("A body in chunks cannot be received here: send it with its Content-Length")
        while not arrival.done.wait(0.05):
            if time.monotonic() > until:
                raise _too_slow()
            if resident_bytes() - before > 3 * limit + GROWTH:
                raise PayloadTooLargeError.told("The body in chunks is too large")
        if not arrival.received and arrival.failure is None:
            raise BadRequestError.told("The body in chunks broke off, or was empty: send it with its Content-Length")


def _too_slow() -> FrappeError:
    return RequestTimeoutError.told(
        f"The body did not arrive in {SECONDS:.0f} seconds, and one second more for each {LEAST_RATE} bytes of it"
    )


def resident_bytes() -> int:
    """The memory of this process; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


_OF_REQUESTS = (
    "HTTP_", "SERVER_", "REQUEST_", "REMOTE_", "CONTENT_", "PATH_INFO", "QUERY_STRING", "SCRIPT_NAME",
    "GATEWAY_INTERFACE",
)  # fmt: skip
INHERITED = tuple(name for name in os.environ if not name.startswith(_OF_REQUESTS))
"""The variables of this process, which granian puts into each request.

Passwords may be among them, and a request's environ is shown to many.
"""


class Patient:
    """An application of which few requests are worked on at once, and none while its body is still on the way."""

    def __init__(self, application: WSGIApplication, site: Site, slots: int = SLOTS, receiver: Receiver | None = None):
        self.application, self.database, self.most = application, site.database, site.settings.max_body
        self.shortcuts = site.extensions.shortcuts
        self.receiver = receiver or Receiver()
        self.slots = threading.Semaphore(slots)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer. An answer that is sent bit by bit has given its slot back; one that asks for nothing needs none."""
        body = Body(self, environ) if has_body(environ) else None
        if body is not None:
            environ["wsgi.input"] = body
        else:
            for shortcut in self.shortcuts:
                if (sent := shortcut(environ, start_response)) is not None:
                    return sent
        for name in INHERITED:
            environ.pop(name, None)
        with self.slots:
            answer = self.application(environ, start_response)
        if body is not None:
            body.drain()
        return answer


class Body:
    """`wsgi.input` of a body that has not arrived: to read it costs no slot and no connection to the database."""

    def __init__(self, patient: Patient, environ: WSGIEnvironment):
        self._patient, self._environ, self._stream = patient, environ, environ["wsgi.input"]
        self._length = announced_length(environ)

    def read(self, size: int) -> bytes:
        """The body, of which `size` is the most. Raises what `Receiver.receive` raises."""
        arrival, self._stream = Arrival(self._stream, self._length), None
        patient = self._patient
        patient.database.give_back()
        patient.slots.release()
        try:
            return patient.receiver.receive(arrival, size, self._environ.get("frappe_lite.user") == "Guest")
        finally:
            patient.slots.acquire()

    def drain(self) -> None:
        """Receive what was refused unread, and forget it: a client that still sends would not see the answer."""
        if self._stream is not None and 0 < self._length <= self._patient.most:
            arrival, self._stream = Arrival(self._stream, self._length, keep=False), None
            with contextlib.suppress(FrappeError, OSError):  # then the server closes the connection
                self._patient.receiver.receive(arrival, self._patient.most, is_guest=True)


def with_deadline(channel: type[Any], failure: Callable[[str], object], seconds: float = SECONDS) -> type[object]:
    """waitress's class of connections, with the same deadline.

    `failure` makes its kind of error, which it answers with.
    """

    class Channel(channel):  # type: ignore[misc]
        request: Any
        began = 0.0

        def received(self, data: bytes) -> bool:
            if self.request is None:
                self.began = time.monotonic()
            return bool(super().received(data))

        def readable(self) -> bool:
            if self.request is not None:
                self.give_up_if_late()
            return bool(super().readable())

        def give_up_if_late(self) -> None:
            request, now = self.request, time.monotonic()
            if self.requests:  # the one before is being answered, and this one is not read meanwhile
                self.began = now
            elif now - self.began > allowed_seconds(
                request.header_bytes_received + request.body_bytes_received, seconds
            ):
                with self.requests_lock:
                    request.error, request.completed = failure("The request did not arrive in time"), True
                    self.request = None
                    self.requests.append(request)
                self.server.add_task(self)

    return Channel
