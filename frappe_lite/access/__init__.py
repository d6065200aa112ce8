"""Who asks, and may they: credentials, permissions, CSRF, secrets, and the functions that a client may call."""
