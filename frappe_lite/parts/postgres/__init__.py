"""The store on PostgreSQL: the same documents behind an address that begins with `postgresql://`."""

from .database import PostgresDatabase

__all__ = ["PostgresDatabase"]
