"""Credits and jobs in memory, SQLite and Redis: exact, shared, and damaged."""
