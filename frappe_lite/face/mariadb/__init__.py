"""MariaDB's SQL, which app code writes, on SQLite."""
