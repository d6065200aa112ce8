"""One SQLite file: how it is opened, locked, written, checkpointed and told apart from other files. Knows SQL, but no document."""
