"""The durable queue of updates: its interface, and what it is on SQLite and on PostgreSQL."""
