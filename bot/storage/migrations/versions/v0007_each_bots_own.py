"""Settings, languages, moods and refusals of each bot, which were those of all bots of a database.

Revision 0007, after 0006.

What is there becomes that of the first of the bots whose program opens the database. The tables are new ones:
hosts of the version before write with ON CONFLICT on the old keys, which cannot hold the rows of two bots. On
PostgreSQL those hosts go on with the old tables, and triggers keep the first bot's rows the same in both. The
revision after this one drops the old tables and the functions `bot_mirror_...`.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

from bot.storage.engine import StorageError

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# In the order in which hosts that are at work lock them.
_KEYS = {
    "users": ("user_id",),
    "chats": ("chat_id",),
    "moods": ("chat_id", "hour"),
    "refusals": ("chat_id",),
}
# From one table to the other, and not back again.
_MIRROR = """
CREATE FUNCTION bot_mirror_{source}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND {old_bot} = {bot_id} THEN
        DELETE FROM {target} WHERE ({target_keys}) = ({old_keys});
    END IF;
    IF TG_OP <> 'DELETE' AND {new_bot} = {bot_id} THEN
        DELETE FROM {target} WHERE ({target_keys}) = ({new_keys});
        INSERT INTO {target} ({target_columns}) VALUES ({new_columns});
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER bot_mirror AFTER INSERT OR UPDATE OR DELETE ON {source}
    FOR EACH ROW EXECUTE FUNCTION bot_mirror_{source}();
"""


def upgrade() -> None:
    """Apply the change."""
    bot_id = int(context.config.attributes["bot_id"])
    connection = op.get_bind()
    is_shared = connection.dialect.name == "postgresql"
    for name in _KEYS:
        table = _create_table(f"bot_{name}", name, "bot_id")
        if is_shared and bot_id:
            # A trigger locks its table: until the migration is over nobody else writes to it.
            connection.exec_driver_sql(_build_mirror(name, bot_id, is_back=False))
        _copy(name, table, bot_id)
        if is_shared and bot_id:
            connection.exec_driver_sql(_build_mirror(name, bot_id, is_back=True))
        if not is_shared:
            op.drop_table(name)


def downgrade() -> None:
    """Take it back: on PostgreSQL to what the first bot has, on SQLite to no settings at all."""
    connection = op.get_bind()
    for name in _KEYS:
        op.drop_table(f"bot_{name}")
        if connection.dialect.name != "postgresql":
            _create_table(name, name)
            continue
        for source in (name, f"bot_{name}"):
            connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS bot_mirror_{source} CASCADE")


def _copy(name: str, table: sa.Table, bot_id: int) -> None:
    """Make what is there the bot's."""
    old = sa.Table(name, sa.MetaData(), *_list_columns(name))
    connection = op.get_bind()
    if not bot_id and connection.execute(sa.select(old).limit(1)).first():
        raise StorageError(
            "The database holds what chats and people have chosen, and nothing says with which bot. "
            "Set BOT_TOKEN, or BOT_TOKENS with that bot's first; for the playground, another DATA_DIR."
        )
    rows = sa.select(sa.literal(bot_id), *old.c)
    connection.execute(table.insert().from_select(["bot_id", *old.c.keys()], rows))


def _build_mirror(name: str, bot_id: int, *, is_back: bool) -> str:
    """Write the trigger that carries the bot's rows from the old table to the new one, or back."""
    keys, columns = _KEYS[name], [column.name for column in _list_columns(name)]
    source, target = (f"bot_{name}", name) if is_back else (name, f"bot_{name}")
    number = "" if is_back else f"{bot_id}, "
    named = "" if is_back else "bot_id, "
    return _MIRROR.format(
        source=source,
        target=target,
        bot_id=bot_id,
        old_bot="OLD.bot_id" if is_back else bot_id,
        new_bot="NEW.bot_id" if is_back else bot_id,
        target_keys=named + ", ".join(keys),
        old_keys=number + ", ".join(f"OLD.{key}" for key in keys),
        new_keys=number + ", ".join(f"NEW.{key}" for key in keys),
        target_columns=named + ", ".join(columns),
        new_columns=number + ", ".join(f"NEW.{column}" for column in columns),
    )


def _create_table(name: str, of: str, *more_keys: str) -> sa.Table:
    keys = [sa.Column(key, sa.BigInteger(), autoincrement=False, nullable=False) for key in more_keys]
    names = (*more_keys, *_KEYS[of])
    return op.create_table(
        name, *keys, *_list_columns(of), sa.PrimaryKeyConstraint(*names, name=f"pk_{name}")
    )


def _list_columns(name: str) -> list[sa.Column[Any]]:
    """List the columns that a table had, and its successor has, too."""
    keys = [sa.Column(key, sa.BigInteger(), autoincrement=False, nullable=False) for key in _KEYS[name]]
    if name == "chats":
        return [
            *keys,
            sa.Column("answer_when", sa.String(16), nullable=False),
            sa.Column("answer_how", sa.String(16), nullable=False),
            sa.Column("language", sa.String(16)),
            sa.Column("answers_per_minute", sa.Integer()),
            sa.Column("quiet_from", sa.Integer()),
            sa.Column("quiet_until", sa.Integer()),
            sa.Column("utc_offset", sa.Integer(), nullable=False),
            sa.Column("mood_enabled", sa.Boolean(), nullable=False),
        ]
    if name == "users":
        return [*keys, sa.Column("language", sa.String(16))]
    if name == "moods":
        return [
            *keys,
            *(sa.Column(kind, sa.Integer(), nullable=False) for kind in ("happy", "sad", "unsure")),
        ]
    return [*keys, sa.Column("told_at", sa.Float(), nullable=False)]
