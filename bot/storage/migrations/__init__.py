"""Changes to the database's tables, in order; applied at start."""
