"""The database: engine, tables, migrations, and the stores that read and write rows."""
