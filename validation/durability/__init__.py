"""A witness: writers killed in the middle of things, and many writers at once, on SQLite and PostgreSQL."""
