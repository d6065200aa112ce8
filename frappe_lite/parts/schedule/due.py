"""When each event is due, in a table of its own: seconds since 1970, which no clock shows twice.

Whoever puts the next time in the place of the one that has come has the event; nobody else finds the old one.
"""

from __future__ import annotations

from ...site import Site

TABLE = 'CREATE TABLE IF NOT EXISTS "__schedule" (name TEXT PRIMARY KEY, due REAL NOT NULL)'


def is_installed(site: Site) -> bool:
    """Whether the site has followed a schedule."""
    return "__schedule" in site.database.tables()


def install(site: Site) -> None:
    """Make the table, unless it is there."""
    if not is_installed(site):
        with site.database.transaction():
            site.database.execute(TABLE)


def known(site: Site) -> dict[str, float]:
    """When what is due."""
    return dict(site.database.rows('SELECT name, due FROM "__schedule"'))


def note(site: Site, name: str, due: float) -> None:
    """Say when an event is due."""
    if not site.database.execute('UPDATE "__schedule" SET due = ? WHERE name = ?', (due, name)):
        site.database.execute('INSERT INTO "__schedule" (name, due) VALUES (?, ?)', (name, due))


def move(site: Site, name: str, before: float, after: float) -> bool:
    """Put the next time in the place of one that has come; whether it was there still."""
    sql = 'UPDATE "__schedule" SET due = ? WHERE name = ? AND due = ?'
    return bool(site.database.execute(sql, (after, name, before)))


def forget(site: Site, name: str) -> None:
    """An event is not due any more."""
    site.database.execute('DELETE FROM "__schedule" WHERE name = ?', (name,))


def earliest(site: Site) -> float | None:
    """When something is due next."""
    row = site.database.row('SELECT min(due) FROM "__schedule"')
    return row[0] if row else None


def by(site: Site, instant: float) -> list[tuple[str, float]]:
    """What is due by an instant, the longest first."""
    sql = 'SELECT name, due FROM "__schedule" WHERE due <= ? ORDER BY due'
    return [(name, at) for name, at in site.database.rows(sql, (instant,))]
