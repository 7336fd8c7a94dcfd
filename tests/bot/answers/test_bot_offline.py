"""Long times without Telegram: nothing is lost, and whoever is not answered in the end is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
import structlog
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, until
from group_steps import set_chat
from time_lapse import TimeLapseLoop, run_in_time_lapse

from classifier.types import WorkerUnavailableError
from playground import Fault, Playground
from tests.free_ports import find_free_port

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3_600.0
TOO_LATE = "I could not get an answer to you for too long and gave up."


def test_an_hour_offline_costs_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What was classified when the network went, and what came meanwhile, is answered once and in order."""
    # What looks around ten times a second would be nearly all that the hour costs here.
    monkeypatch.setattr("bot.observability.heartbeat._LAG_PERIOD_SECONDS", 30.0)
    monkeypatch.setattr("bot.answers.backlog_notices._ROUND_SECONDS", 30.0)

    async def live_through(loop: TimeLapseLoop) -> None:
        playground, classifier, port = (
            Playground(port=find_free_port()),
            ScriptedClassifier(),
            find_free_port(),
        )
        await playground.start()
        classifier.may_answer.clear()
        async with run_bot_in(playground, tmp_path, classifier, health_port=port):
            photos = [await playground.send_photo(playground.private, playground.ana, PICTURE)]
            await until(lambda: classifier.asked)
            await playground.stop()
            classifier.may_answer.set()
            photos += [
                await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(3)
            ]
            loop.run_at(3_000)
            await asyncio.sleep(HOUR)
            loop.run_at(1)
            await check_health(port)
            await playground.start()
            loop.run_at(30)  # pauses are long by now
            for photo in photos:
                await playground.wait_for_reply(photo, within=HOUR)
            loop.run_at(1)
        answers = playground.messages(playground.private, from_bot=True)
        assert [answer.reply_to for answer in answers] == photos
        assert all(answer.text.startswith("Looks happy") for answer in answers)
        await playground.stop()

    with structlog.testing.capture_logs() as lines:
        run_in_time_lapse(live_through)
    unreachable = [line for line in lines if line["event"].startswith("Telegram cannot be reached")]
    assert 20 < len(unreachable) < 200, "it goes on trying, about each half a minute"


def test_what_was_set_aside_is_told_when_telegram_takes_it(tmp_path: Path):
    """A photo that killed its worker twice is not classified at the next start; its sender is told, once."""

    async def live_through(loop: TimeLapseLoop) -> None:
        playground, classifier = Playground(), ScriptedClassifier()
        await playground.start()
        classifier.may_answer.clear()
        async with run_bot_in(playground, tmp_path, classifier, stop_seconds=0) as bot:
            photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
            await until(lambda: classifier.asked)
            (update_id,) = bot.services.inbox._in_hand
            for _ in range(2):
                await bot.services.inbox.count_worker_death(update_id)
        playground.fail(Fault("server_error", method="sendMessage", count=8))
        loop.run_at(10)
        async with run_bot_in(playground, tmp_path, classifier):
            answer = await playground.wait_for_reply(photo, within=HOUR)
            assert answer.text.startswith("I failed on this picture twice")
            loop.run_at(1)
        async with run_bot_in(playground, tmp_path, classifier) as bot:
            assert not bot.services.inbox.waiting
        assert len(playground.replies(photo)) == 1
        assert len(classifier.asked) == 1
        await playground.stop()

    run_in_time_lapse(live_through)


@pytest.mark.parametrize("method", ["getFile", "sendPhoto", "getUpdates"])
def test_a_connection_that_hangs_is_given_up_and_tried_anew(tmp_path: Path, method: str):
    """After some seconds without an answer the call is made again; the person sees one answer."""

    async def live_through(loop: TimeLapseLoop) -> None:
        playground = Playground()
        await playground.start()
        playground.fail(Fault("hang", method=method))
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
            await until(lambda: not playground.faults.active)
            loop.run_at(10)
            answer = await playground.wait_for_reply(photo, within=HOUR)
            loop.run_at(1)
        assert answer.text.startswith("Looks happy")
        assert len(playground.replies(photo)) == 1
        await playground.stop()

    run_in_time_lapse(live_through)


async def check_health(port: int) -> None:
    """Without Telegram the bot lives and is not ready, and says why."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        live, ready = await client.get("/healthz"), await client.get("/readyz")
    assert (live.status_code, ready.status_code) == (200, 503)
    assert ready.json()["problems"]["telegram"].startswith("No call to or from Telegram was completed for 3")


@pytest.mark.asyncio(loop_scope="session")
async def test_what_telegram_never_takes_is_given_up_and_told(playground: Playground, tmp_path: Path):
    """An answer that fails again and again is no reason to leave its sender without a word."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), retry_seconds=1, dead_letter_seconds=2):
        playground.fail(Fault("server_error", method="sendPhoto", count=-1))
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

        answer = await playground.wait_for_reply(photo)

        assert answer.text.startswith(TOO_LATE)
        await until(lambda: not playground.pending_updates)
    assert len(playground.replies(photo)) == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_an_answer_that_is_begun_anew_is_counted_once(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """However often it takes until Telegram takes it, the group's mood knows of one photo."""
    async with run_bot_in(playground, tmp_path, classifier, retry_seconds=1) as bot:
        await set_chat(bot, playground.group, mood_enabled=True)
        playground.fail(Fault("server_error", method="sendPhoto", count=-1))
        photo = await playground.send_photo(playground.group, playground.ben, PICTURE, caption="/emotion")
        await until(lambda: len(classifier.asked) > 1)
        playground.faults.clear()
        await playground.wait_for_reply(photo)

        mood = await playground.send_text(playground.group, playground.ana, "/mood")

        assert "Last 24 hours: 1 happy, 0 sad, 0 hard to tell" in (await playground.wait_for_reply(mood)).text


@pytest.mark.asyncio(loop_scope="session")
async def test_what_cannot_be_told_now_is_told_later(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """Neither an answer nor an apology goes through; the apology is tried until it does."""
    async with run_bot_in(playground, tmp_path, classifier, retry_seconds=1) as bot:
        classifier.errors = [RuntimeError("a fault of ours, however often it is tried") for _ in range(40)]
        playground.fail(Fault("server_error", method="sendMessage", count=3))
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)

        answer = await playground.wait_for_reply(photo)

        assert answer.text.startswith("Something went wrong on my side")
        await until(lambda: not bot.services.inbox.in_flight)
    assert len(playground.replies(photo)) == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_what_cannot_be_told_of_an_album_now_is_told_later(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A fault of ours, while no word goes through: it is told once Telegram takes it, and owed until then."""
    async with run_bot_in(playground, tmp_path, classifier, retry_seconds=1) as bot:
        classifier.errors = [RuntimeError("a fault of ours, however often it is tried") for _ in range(40)]
        playground.fail(Fault("server_error", method="sendMessage", count=6))
        parts = [
            await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="a")
            for _ in range(2)
        ]

        answer = await playground.wait_for_reply(parts[0])

        assert answer.text.startswith("Something went wrong on my side")
        await until(lambda: not bot.services.inbox.in_flight and not playground.pending_updates)
    assert not playground.faults.active
    assert [len(playground.replies(part)) for part in parts] == [1, 0]


@pytest.mark.asyncio(loop_scope="session")
async def test_an_album_that_telegram_never_takes_is_given_up_and_told(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It is not classified again and again for as long as the bot runs."""
    async with run_bot_in(playground, tmp_path, classifier, retry_seconds=1, dead_letter_seconds=2) as bot:
        playground.fail(Fault("server_error", method="sendMediaGroup", count=-1))
        parts = [
            await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="a")
            for _ in range(2)
        ]

        answer = await playground.wait_for_reply(parts[0])

        assert answer.text.startswith(TOO_LATE)
        await until(lambda: not bot.services.inbox.in_flight and not playground.pending_updates)
        classified = len(classifier.asked)
        await asyncio.sleep(0.5)
        assert len(classifier.asked) == classified
    assert [len(playground.replies(part)) for part in parts] == [1, 0]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_proxy_that_answers_for_telegram_costs_no_answer(playground: Playground, tmp_path: Path):
    """What is no JSON comes from no Telegram: the photo is answered when that is back."""
    async with run_bot_in(playground, tmp_path, ScriptedClassifier(), retry_seconds=1):
        playground.fail(Fault("malformed", method="sendPhoto", count=-1))
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await until(lambda: playground.call_log.counts["sendPhoto"] > 3)
        assert playground.replies(photo) == []
        playground.faults.clear()
        answer = await playground.wait_for_reply(photo)
    assert answer.text.startswith("Looks happy")
    assert len(playground.replies(photo)) == 1


@pytest.mark.asyncio(loop_scope="session")
async def test_a_host_that_cannot_start_a_worker_blames_no_photo(
    playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """It is begun anew when there may be memory again, and counts as no worker's death."""
    classifier.errors = [WorkerUnavailableError("A worker did not survive its start.") for _ in range(3)]
    async with run_bot_in(playground, tmp_path, classifier, retry_seconds=1):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        answer = await playground.wait_for_reply(photo)
    assert answer.text.startswith("Looks happy")
    assert len(playground.replies(photo)) == 1
