"""The durable queue of updates: its interface, the one on SQLite, and the albums."""
