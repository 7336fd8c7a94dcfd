"""Start, roles, stop, a newer model, and deleting what has expired."""
