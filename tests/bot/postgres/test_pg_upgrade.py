"""Hosts upgraded one after the other: two neighbouring versions at work on one database, a third refused."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE
from fleet import Fleet, HostPlan
from postgres_steps import ROOT, Hosts

from bot.storage.migrate import newest_revision

if TYPE_CHECKING:
    from pathlib import Path

    from playground import Message, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIGRATION = '''
"""A change as the rules allow it: it only adds, and may be left out by who does not know it."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{new}", "{old}", None, None


def upgrade() -> None:
    op.create_table("later_{new}", sa.Column("id", sa.Integer(), primary_key=True))
    op.add_column("inbox", sa.Column("later_{new}", sa.Integer(), nullable=False, server_default="0"))
'''
OLD_WORKER, NEW_WORKER = 1, 2


def build_version(folder: Path, ahead: int) -> Path:
    """Copy the bot, give it so many revisions more, and return where that version is run from."""
    code = folder / f"version {ahead}"
    shutil.copytree(ROOT / "bot", code / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    newest = int(newest_revision())
    for number in range(newest + 1, newest + ahead + 1):
        file = code / "bot" / "storage" / "migrations" / "versions" / f"v{number:04}_later.py"
        file.write_text(MIGRATION.format(new=f"{number:04}", old=f"{number - 1:04}"), encoding="utf-8")
    return code


async def run_command(hosts: Hosts, code: Path, command: str) -> tuple[int | None, str]:
    """Run one of a version's commands to its end; gives the exit status and what it said."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "BOT_TOKEN": hosts.playground.token,
        "TELEGRAM_API_URL": hosts.playground.api_url,
        "DATABASE_URL": hosts.url,
        "DATA_DIR": str(hosts.folder / "command"),
        "MODEL_DIR": str(ROOT / "models" / "happy-sad-net"),
        "HEALTH_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        command,
        cwd=code,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, said.decode()


async def answer_one(playground: Playground) -> Message:
    person = playground.create_user("Somebody")
    chat = playground.private_chat(person)
    photo = await playground.send_photo(chat, person, PICTURE)
    await playground.wait_for_reply(photo, within=60)
    return photo


def count_answers(fleet: Fleet, number: int) -> int:
    return fleet.read_log(number).count('"outcome": "answered"')


async def answer_until(playground: Playground, fleet: Fleet, *numbers: int) -> list[Message]:
    """Send photos until each of some workers has answered one more."""
    before = {number: count_answers(fleet, number) for number in numbers}
    sent = []
    async with asyncio.timeout(90):
        while any(count_answers(fleet, number) == count for number, count in before.items()):
            sent += await asyncio.gather(*(answer_one(playground) for _ in range(4)))
    return sent


@pytest.mark.timeout(300)
async def test_old_and_new_work_side_by_side_while_hosts_are_upgraded(playground: Playground, hosts: Hosts):
    """Tables are changed under a worker that answers; it goes on, may start again, and nothing is doubled."""
    newer = build_version(hosts.folder, 1)
    fleet = Fleet(hosts, [HostPlan("ingress"), HostPlan("worker")])
    try:
        await fleet.start()
        sent = await answer_until(playground, fleet, OLD_WORKER)
        migrating = asyncio.create_task(run_command(hosts, newer, "migrate"))
        while not migrating.done():
            sent.append(await answer_one(playground))
        assert migrating.result() == (0, "The database is up to date.\n")
        assert (
            await hosts.ask("SELECT version_num FROM alembic_version") == f"{int(newest_revision()) + 1:04}"
        )

        fleet.add(HostPlan("worker", code=newer))
        fleet.add(HostPlan("ingress", code=newer))
        await fleet.start()
        sent += await answer_until(playground, fleet, OLD_WORKER, NEW_WORKER)
        await fleet.stop(OLD_WORKER)
        sent += await answer_until(playground, fleet, NEW_WORKER)
        await fleet.start()
        await fleet.stop(NEW_WORKER)
        sent += await answer_until(playground, fleet, OLD_WORKER)
        await fleet.stop()
    finally:
        fleet.end()
    assert all(len(playground.replies(photo)) == 1 for photo in sent)
    assert all("Looks happy" in playground.replies(photo)[0].text for photo in sent)
    assert await hosts.ask("SELECT count(*) FROM inbox WHERE payload IS NOT NULL") == 0


async def test_two_versions_behind_the_database_is_refused(playground: Playground, hosts: Hosts):
    """Neither migrated nor worked on: it says whose database that is, and what to start."""
    next_but_one, newer = build_version(hosts.folder, 2), build_version(hosts.folder, 1)
    assert (await run_command(hosts, next_but_one, "migrate"))[0] == 0
    for command in ("migrate", "worker", "ingress"):
        status, said = await run_command(hosts, ROOT, command)
        assert status == 1
        assert "made by a newer version of the bot" in said
        assert "Start that version, or the one before it" in said
    assert (await run_command(hosts, newer, "migrate"))[0] == 0
    revision = await hosts.ask("SELECT version_num FROM alembic_version")
    assert revision == f"{int(newest_revision()) + 2:04}", "it was left as it is"
