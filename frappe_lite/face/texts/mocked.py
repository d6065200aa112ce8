"""`frappe.mock`: made-up names and addresses for tests and demonstrations. Any kind that the package faker knows, where
it is installed; else those below."""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable

from ...utils import generate_hash

FIRST = ("Ada", "Alan", "Barbara", "Donald", "Edsger", "Grace", "John", "Katherine", "Ken", "Margaret", "Radia", "Tim")
LAST = ("Berners", "Dijkstra", "Hamilton", "Hopper", "Johnson", "Knuth", "Liskov", "Lovelace", "Perlman", "Turing")

KINDS: dict[str, Callable[[], object]] = {
    "first_name": lambda: random.choice(FIRST),
    "last_name": lambda: random.choice(LAST),
    "name": lambda: f"{random.choice(FIRST)} {random.choice(LAST)}",
    "email": lambda: f"{random.choice(FIRST).lower()}.{generate_hash(length=8)}@example.com",
    "user_name": lambda: f"{random.choice(LAST).lower()}{generate_hash(length=6)}",
    "company": lambda: f"{random.choice(LAST)} and {random.choice(LAST)}",
    "phone_number": lambda: f"+1 555 {random.randint(1000000, 9999999)}",
    "word": lambda: random.choice(("bear", "cloud", "fern", "harbour", "lantern", "meadow", "pebble", "willow")),
}


def mock(type: str, size: int = 1, locale: str = "en") -> object:
    """One made-up value of a kind, or a list of `size`. Raises ValueError for a kind that is not known."""
    try:
        make = getattr(importlib.import_module("faker").Faker(locale), type, None)
    except ImportError:
        make = KINDS.get(type)
    if make is None:
        raise ValueError("Not a valid mock type.")
    made = [make() for _ in range(size)]
    return made[0] if len(made) == 1 else made
