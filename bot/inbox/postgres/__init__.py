"""The durable queue on PostgreSQL, shared by several processes."""
