"""The database: engine, tables, migrations and what reads and writes them."""
