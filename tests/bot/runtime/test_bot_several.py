"""Several bots in one program: they share the workers, and nothing else that could stop one of them."""

from __future__ import annotations

import asyncio
import dataclasses
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from bot_fakes import BACKEND, PICTURE, ScriptedClassifier, end_as_a_process_ends, until
from group_steps import set_chat

from bot.config.parsers import Secret
from bot.config.settings import Settings, SettingsError, load_settings
from bot.runtime.lifecycle import run_bots
from bot.runtime.roles import StartError
from bot.runtime.serving import _close_all
from playground import Fault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.runtime.serving import RunningBots
    from playground import Chat, Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = "a-secret-only-telegram-knows"
UNKNOWN = Secret("123456:" + "a" * 35)


@asynccontextmanager
async def run_several(
    api_url: str, data_dir: Path, *tokens: str, classifier: ScriptedClassifier | None = None, **changes: Any
) -> AsyncIterator[RunningBots]:
    settings = Settings(
        bot_tokens=tuple(Secret(token) for token in tokens),
        telegram_api_url=api_url,
        data_dir=data_dir,
        database_url=Secret(BACKEND.name_database(data_dir)),
        **{"health_port": 0, **changes},
    )
    async with run_bots(settings, lambda _: classifier or ScriptedClassifier()) as running:
        yield running
    for bot in running.bots:
        await end_as_a_process_ends(bot.application)


async def send_photo(playground: Playground) -> Any:
    return await playground.send_photo(playground.private, playground.ana, PICTURE)


async def ask_for_mood(playground: Playground, group: Chat) -> str:
    asked = await playground.send_text(group, playground.ana, "/mood")
    return (await playground.wait_for_reply(asked)).text


async def test_two_bots_share_the_workers(
    playground: Playground, other: Playground, api_url: str, tmp_path: Path
):
    """Each answers its own people, although chats and updates of both may have the same numbers."""
    classifier = ScriptedClassifier()
    async with run_several(api_url, tmp_path, playground.token, other.token, classifier=classifier):
        photos = [(world, await send_photo(world)) for world in (playground, other) for _ in range(2)]
        for world, photo in photos:
            await world.wait_for_reply(photo)
    assert len(classifier.asked) == 4
    assert [len(world.replies(photo)) for world, photo in photos] == [1, 1, 1, 1]


async def test_two_bots_in_one_group_keep_apart_what_it_chose(
    playground: Playground, other: Playground, api_url: str, tmp_path: Path
):
    """Each answers as it was asked to, counts its own answers, and leaves without the other's settings."""
    group = playground.group
    same = other.world.add_chat(dataclasses.replace(other.group, id=group.id))
    async with run_several(api_url, tmp_path, playground.token, other.token) as running:
        one, another = running.bots
        await set_chat(one, group, how="text", mood_enabled=True)
        await set_chat(another, group, how="reaction", mood_enabled=True)
        asked = await playground.send_photo(group, playground.ana, PICTURE, caption="/emotion")
        assert (await playground.wait_for_reply(asked)).text.startswith("Looks ")
        asked = await other.send_photo(same, other.ana, PICTURE, caption="/emotion")
        assert await other.wait_for_reaction(asked)
        for world, chat in ((playground, group), (other, same)):
            assert "Last 24 hours: 1 happy, 0 sad" in await ask_for_mood(world, chat)

        await playground.remove_bot(group)
        await until(lambda: not playground.pending_updates)
        assert "Last 24 hours: 1 happy, 0 sad" in await ask_for_mood(other, same)
        asked = await other.send_photo(same, other.ana, PICTURE, caption="/emotion")
        assert await other.wait_for_reaction(asked)


async def test_a_revoked_token_stops_only_its_bot(
    playground: Playground, other: Playground, api_url: str, tmp_path: Path, unused_tcp_port: int
):
    """What the bot owed is kept, and answered when it is started again; the other goes on meanwhile."""
    port = unused_tcp_port
    with structlog.testing.capture_logs() as lines:
        async with run_several(
            api_url, tmp_path, playground.token, other.token, health_port=port, stop_seconds=1
        ) as running:
            playground.fail(Fault("unauthorized", count=-1))
            owed = await send_photo(playground)
            await until(lambda: running.bots[0].services.inbox.is_stopping)
            photo = await send_photo(other)
            await other.wait_for_reply(photo)
            metrics = running.bots[1].services.metrics.registry
            assert metrics.get_sample_value("bot_refused_tokens") == 1
            assert not running.refused.is_set()
    said = [line for line in lines if "no longer takes this bot's token" in line["event"]]
    assert [line["bot"] for line in said] == [playground.world.bot.id]
    assert playground.token not in str(lines)

    playground.faults.clear()
    async with run_several(api_url, tmp_path, playground.token, other.token):
        await playground.wait_for_reply(owed)
    assert len(playground.replies(owed)) == len(other.replies(photo)) == 1


async def test_a_bot_whose_token_is_revoked_leaves_nothing_running(
    playground: Playground, other: Playground, api_url: str, tmp_path: Path
):
    """An answer that takes longer than the stop may is ended with its bot: the program goes on without it."""
    classifier = ScriptedClassifier()
    classifier.may_answer.clear()
    async with run_several(
        api_url, tmp_path, playground.token, other.token, classifier=classifier, stop_seconds=1
    ) as running:
        revoked = running.bots[0]
        await send_photo(playground)
        await until(lambda: revoked.services.inbox.in_flight == 1)
        playground.fail(Fault("unauthorized", count=-1))
        await send_photo(playground)  # ends the poll that is under way
        await until(lambda: revoked.services.inbox.is_stopping)
        await until(lambda: revoked.services.inbox.in_flight == 0)
        await until(lambda: not revoked.application.running)
        classifier.may_answer.set()
        photo = await send_photo(other)
        await other.wait_for_reply(photo)


async def test_a_token_that_is_wrong_at_the_start_keeps_no_other_bot_from_starting(
    playground: Playground, api_url: str, tmp_path: Path
):
    """The log says which; when all are wrong there is nothing to start."""
    with structlog.testing.capture_logs() as lines:
        async with run_several(api_url, tmp_path, UNKNOWN, playground.token) as running:
            await playground.wait_for_reply(await send_photo(playground))
            assert len(running.bots) == 1
    assert [line["bot"] for line in lines if "refuses this bot's token" in line["event"]] == [123456]
    wrong = ("234567:" + "b" * 35, UNKNOWN)
    with pytest.raises(StartError, match="refuses every token of BOT_TOKENS") as refusal:
        async with run_several(api_url, tmp_path, *wrong):
            pass
    assert UNKNOWN not in str(refusal.value)


async def test_a_bot_that_cannot_be_closed_leaves_the_others_their_time():
    """What all share is closed after that: what they have in flight could not be answered any more."""
    answered = asyncio.Event()
    failing, answering = AsyncExitStack(), AsyncExitStack()
    failing.callback({}.pop, "nothing")
    answering.push_async_callback(answered.wait)
    opened = [SimpleNamespace(stack=stack) for stack in (failing, answering)]
    closing = asyncio.create_task(_close_all(opened))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not closing.done()
    answered.set()
    with pytest.raises(KeyError):
        await closing


async def test_webhooks_of_two_bots_have_a_path_each(
    playground: Playground, other: Playground, api_url: str, tmp_path: Path, unused_tcp_port: int
):
    """One port, one secret; what cannot be read at one of them holds up nobody."""
    address = f"http://127.0.0.1:{unused_tcp_port}"
    options = {"webhook_url": address, "webhook_secret": Secret(SECRET), "webhook_port": unused_tcp_port}
    async with run_several(api_url, tmp_path, playground.token, other.token, **options):
        playground.world.updates.put("message", {"message_id": 1, "chat": "no chat at all"})
        for world in (playground, other):
            assert world.world.webhook.url == f"{address}/telegram/{world.world.bot.id}"
            await world.wait_for_reply(await send_photo(world))
        await until(lambda: not playground.pending_updates + other.pending_updates)


async def test_tokens_come_from_the_environment_or_a_file(tmp_path: Path):
    """One a line, or with commas; the same bot twice, or two ways at once, are refused and not shown."""
    one, two = "111111:" + "a" * 35, "222222:" + "b" * 35
    file = tmp_path / "tokens"
    file.write_text(f"{one}\n{two}\n")
    nothing = tmp_path / "nothing"

    assert load_settings({"BOT_TOKENS": f"{one},{two}"}, nothing).tokens == (one, two)
    assert load_settings({"BOT_TOKENS_FILE": str(file)}, nothing).tokens == (one, two)
    assert load_settings({"BOT_TOKEN": one}, nothing).tokens == (one,)
    assert set(load_settings({"BOT_TOKENS_FILE": str(file)}, nothing).secrets) == {one, two}
    assert one not in repr(load_settings({"BOT_TOKENS": one}, nothing))
    for wrong in (
        {"BOT_TOKENS": f"{one} 111111:{'c' * 35}"},
        {"BOT_TOKENS": one, "BOT_TOKEN": two},
        {"BOT_TOKENS_FILE": str(file), "BOT_TOKEN": one},
        {"BOT_TOKENS": f"{one},nonsense"},
    ):
        with pytest.raises(SettingsError, match="BOT_TOKENS") as refusal:
            load_settings(wrong, nothing)
        assert one not in str(refusal.value)
