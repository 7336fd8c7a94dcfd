"""The queue's own tables: what an upgrade may change while hosts of the version before are at work."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect

from bot.storage.chat_store import Storage
from bot.storage.engine import name_driver
from bot.storage.migrate import newest_revision
from bot.storage.queue_schema import QUEUE_VERSIONS, QueueScripts, load_queue_scripts, upgrade_queue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Engine


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[Engine]:
    """A database as this version makes it."""
    storage = await Storage.open(name_driver(postgres_url))
    await storage.close()
    opened = create_engine(name_driver(postgres_url))
    yield opened
    opened.dispose()


async def test_what_the_queue_drops_waits_until_nobody_uses_it(engine: Engine):
    """Procrastinate's scripts for after an upgrade are run by our next version: no old worker lives then."""
    installed = load_queue_scripts(newest_revision())
    adding = {"90.00.00_01_pre_add.sql": "CREATE TABLE added (id int)"}
    dropping = {"90.00.00_50_post_drop.sql": "DROP TABLE old"}
    newer = dataclasses.replace(
        installed,
        migrations={**installed.migrations, **adding, **dropping},
        versions={**QUEUE_VERSIONS, "9001": "90.00.00"},
        revision="9001",
    )

    def upgrade(scripts: QueueScripts) -> set[str]:
        with engine.begin() as connection:
            upgrade_queue(connection, scripts)
        return {"old", "added"} & set(inspect(engine).get_table_names())

    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE old (id int)")
    assert upgrade(installed) == {"old"}
    assert upgrade(newer) == {"old", "added"}
    assert upgrade(installed) == {"old", "added"}, "an old host starts again"
    assert upgrade(newer) == {"old", "added"}
    assert upgrade(dataclasses.replace(newer, revision="9002")) == {"added"}


def test_each_revision_takes_one_step_of_the_queue():
    """Whoever updates Procrastinate adds a revision; between two there is one version that takes away."""
    scripts = load_queue_scripts(newest_revision())
    assert max(name.partition("_")[0] for name in scripts.migrations) == max(QUEUE_VERSIONS.values())
    assert max(QUEUE_VERSIONS) <= newest_revision()
    first, *later = QUEUE_VERSIONS.values()
    for before, after in zip([first, *later], later, strict=False):
        steps = {name.partition("_")[0] for name in scripts.migrations if "_post_" in name}
        assert len([step for step in steps if before < step <= after]) <= 1
