"""Alembic's environment: it uses the bot's own connection, and no settings file of Alembic."""

from alembic import context

from bot.storage.tables import metadata

connection = context.config.attributes["connection"]
# SQLite cannot change most columns in place. In batch mode Alembic copies the table instead.
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite"
)
with context.begin_transaction():
    context.run_migrations()
