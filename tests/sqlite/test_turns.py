"""Turns: one at a time, all of them at last, and who waited long before who came late."""

from __future__ import annotations

import threading
import time

import pytest

from frappe_lite.sqlite import turns
from frappe_lite.sqlite.turns import Turns


def test_one_at_a_time() -> None:
    lock, inside, most, done = Turns(), [0], [0], []

    def work() -> None:
        for _ in range(200):
            assert lock.acquire(30)
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1
            lock.release()
        done.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(done), most[0]) == (8, 1)
    assert lock.acquire(0)


def test_who_waits_too_long_is_told_and_nobody_after_it_is_forgotten() -> None:
    lock, results = Turns(), []
    assert lock.acquire(0)
    impatient = threading.Thread(target=lambda: results.append(lock.acquire(0.01)))
    impatient.start()
    impatient.join(30)
    assert results == [False]
    patient = threading.Thread(target=lambda: results.append(lock.acquire(30)))
    patient.start()
    while not lock._waiting:
        time.sleep(0.001)
    assert not lock.acquire(0), "it is taken"
    lock.release()
    patient.join(30)
    assert results == [False, True]
    lock.release()
    assert lock.acquire(0)


@pytest.mark.parametrize("patience", [0.0, 60.0], ids=["due", "not due"])
def test_who_has_waited_long_goes_before_who_comes_now(monkeypatch: pytest.MonkeyPatch, patience: float) -> None:
    monkeypatch.setattr(turns, "PATIENCE", patience)
    lock, order, go_on = Turns(), [], threading.Event()
    assert lock.acquire(0)

    def wait() -> None:
        assert lock.acquire(30)
        order.append("waiter")
        go_on.wait(30)
        lock.release()

    waiter = threading.Thread(target=wait)
    waiter.start()
    while not lock._waiting:
        time.sleep(0.001)
    lock.release()
    if patience == 0.0:
        assert not lock.acquire(0), "the turn was given away"
    else:
        order += ["newcomer"] if lock.acquire(0.001) else []
        if order == ["newcomer"]:
            lock.release()
    go_on.set()
    waiter.join(30)
    assert "waiter" in order
    assert lock.acquire(0)


def test_turns_are_given_in_the_order_of_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.0)
    lock, order, threads = Turns(), [], []
    assert lock.acquire(0)
    for number in range(5):

        def work(number: int = number) -> None:
            assert lock.acquire(30)
            order.append(number)
            lock.release()

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        while len(lock._waiting) <= number:
            time.sleep(0.001)
    lock.release()
    for thread in threads:
        thread.join(30)
    assert order == list(range(5))
