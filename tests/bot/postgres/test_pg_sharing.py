"""One bot as several processes on PostgreSQL: once only, in order, and nothing lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, build_face, until

from bot.config.parsers import Secret

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from classifier.workers.worker_pool import Classification
    from playground import Playground
    from tests.postgres_server import PostgresServer

pytestmark = pytest.mark.asyncio(loop_scope="session")
UNFINISHED = "SELECT count(*) FROM inbox WHERE payload IS NOT NULL"
JOBS = "SELECT count(*) FROM procrastinate_jobs"


async def test_what_one_process_receives_another_answers(playground: Playground, hosts: Hosts):
    """The one that receives classifies nothing; the one that answers polls nothing."""
    async with hosts.run("ingress"):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await until(lambda: not playground.pending_updates)
        assert await hosts.ask(UNFINISHED) == 1
        assert playground.replies(photo) == []
        async with hosts.run("worker"):
            reply = await playground.wait_for_reply(photo)
            await hosts.until(f"SELECT ({JOBS}) = 0")
    assert "happy" in reply.text
    assert len(playground.replies(photo)) == 1
    assert await hosts.ask(UNFINISHED) == 0


async def test_two_bots_share_an_ingress_and_a_worker(
    playground: Playground, other: Playground, api_url: str, hosts: Hosts
):
    """Each has its own queue: what is received for one waits, although the other's is being answered."""
    both = {
        "telegram_api_url": api_url,
        "bot_token": Secret(""),
        "bot_tokens": (Secret(playground.token), Secret(other.token)),
    }
    async with hosts.run("ingress", **both):
        photos = [
            (world, await world.send_photo(world.private, world.ana, PICTURE))
            for world in (playground, other)
            for _ in range(2)
        ]
        await until(lambda: not playground.pending_updates + other.pending_updates)
        only_other = {**both, "bot_tokens": (Secret(other.token),)}
        async with hosts.run("worker", **only_other):
            for world, photo in photos[2:]:
                await world.wait_for_reply(photo)
        assert await hosts.ask(UNFINISHED) == 2
        async with hosts.run("worker", **both):
            for world, photo in photos:
                await world.wait_for_reply(photo)
            await hosts.until(f"SELECT ({JOBS}) = 0")
    assert [len(world.replies(photo)) for world, photo in photos] == [1, 1, 1, 1]


async def test_an_update_that_comes_again_is_one_job(playground: Playground, hosts: Hosts):
    """Telegram repeats what it was not told had arrived; so does a proxy."""
    async with hosts.run("ingress"):
        photos = [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(3)]
        playground.world.updates.repeat(3)
        await until(lambda: not playground.pending_updates)
        assert await hosts.ask(JOBS) == 3
        async with hosts.run("worker"):
            for photo in photos:
                await playground.wait_for_reply(photo)
            await hosts.until(f"SELECT ({JOBS}) = 0")
    assert [len(playground.replies(photo)) for photo in photos] == [1, 1, 1]


@dataclass
class WatchingClassifier(ScriptedClassifier):
    """Takes its time, and notes which chat's photo it has in hand: that is the photo's last byte but one."""

    log: list[tuple[int, int]] = field(default_factory=list)
    in_hand: set[int] = field(default_factory=set)
    at_work: set[int] = field(default_factory=set)

    async def classify(self, image_bytes: bytes, **options: Any) -> Classification:
        """Classify as scripted."""
        chat, number = image_bytes[-2:]
        assert chat not in self.in_hand, "two photos of one chat at once"
        self.in_hand.add(chat)
        self.log.append((chat, number))
        # The first ones wait until the other has something, too: it may have started much later.
        self.at_work.add(id(self))
        await until(lambda: len(self.at_work) == 2)
        await asyncio.sleep(0.01)
        self.in_hand.discard(chat)
        return await super().classify(image_bytes, **options)


async def test_a_chat_keeps_its_order_and_chats_are_shared(playground: Playground, hosts: Hosts):
    """Two workers have the chats between them; of one chat they never have two messages in hand."""
    one = WatchingClassifier()
    other = WatchingClassifier(log=one.log, in_hand=one.in_hand, at_work=one.at_work)
    people = [playground.create_user(f"Person {n}") for n in range(12)]  # more than one has places
    async with hosts.run("ingress"):
        photos = [
            await playground.send_photo(
                playground.private_chat(person), person, PICTURE + bytes([chat, number])
            )
            for number in range(4)
            for chat, person in enumerate(people)
        ]
        await until(lambda: not playground.pending_updates)
        async with hosts.run("worker", one), hosts.run("worker", other):
            for photo in photos:
                await playground.wait_for_reply(photo)
    assert len(one.log) == len(photos) == 48
    for chat in range(len(people)):
        assert [number for known, number in one.log if known == chat] == [0, 1, 2, 3]
    assert one.asked
    assert other.asked


async def test_an_album_is_one_job_and_one_answer(playground: Playground, hosts: Hosts):
    """Its parts are one job, which waits until the last of them has come."""
    classifier = ScriptedClassifier()
    async with hosts.run("ingress"), hosts.run("worker", classifier):
        parts = [
            await playground.send_photo(
                playground.private, playground.ana, PICTURE + bytes([number]), media_group_id="album"
            )
            for number in range(3)
        ]
        await playground.wait_for_reply(parts[0])
        await hosts.until(f"SELECT ({JOBS}) = 0")
    assert len(classifier.asked) == 3
    answers = [reply for part in parts for reply in playground.replies(part)]
    assert len({reply.album_id or reply.id for reply in answers}) == 1


async def test_of_two_pollers_one_polls_and_the_other_takes_over(playground: Playground, hosts: Hosts):
    """Telegram would end both polls in turn if both did."""
    first = hosts.run("all")
    running = await first.__aenter__()
    await until(lambda: running.updater.running)
    async with hosts.run("all") as second:
        polling = [bot.updater.running for bot in (running, second)]
        assert polling == [True, False]
        await first.__aexit__(None, None, None)
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(photo)
        assert second.updater.running
    assert not [call for call in playground.call_log.calls("getUpdates") if call.error]


async def test_a_database_that_was_away_loses_nothing(
    playground: Playground, hosts: Hosts, postgres_server: PostgresServer
):
    """What was answered is not answered again, what was not is."""
    async with hosts.run("all"):
        before = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(before)
        await asyncio.to_thread(postgres_server.restart)
        after = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(after)
        await hosts.until(f"SELECT ({JOBS}) = 0")
    answers = [[reply.text for reply in playground.replies(photo)] for photo in (before, after)]
    assert [len(texts) for texts in answers] == [1, 1]
    assert all("Looks happy" in texts[0] for texts in answers), "an answer, not an apology"


async def test_an_album_is_answered_although_the_database_fails_under_it(
    playground: Playground, hosts: Hosts, postgres_server: PostgresServer
):
    """Its parts are begun already when what is needed for its answer cannot be read."""
    async with hosts.run("all"):
        await hosts.until("SELECT count(*) = 8 FROM procrastinate_workers")
        parts = [
            await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="album")
            for _ in range(3)
        ]
        await hosts.until("SELECT count(*) > 0 FROM procrastinate_jobs WHERE attempts > 0")
        await asyncio.to_thread(postgres_server.restart)
        answer = await playground.wait_for_reply(parts[0])
        await hosts.until(f"SELECT ({UNFINISHED}) = 0")
    assert len(playground.album(answer)) == len(parts)
    assert answer.text.count("Looks happy") == len(parts)
    assert not any(playground.replies(part) for part in parts[1:])


REFUSE_TO_FINISH = """
    ALTER FUNCTION procrastinate_finish_job_v1 RENAME TO finish_job_kept;
    CREATE FUNCTION refuse_done() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.payload IS NULL THEN RAISE 'refused'; END IF; RETURN NEW; END; $$;
    CREATE TRIGGER refuse_done BEFORE UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION refuse_done()
"""
FINISH_AGAIN = """
    DROP TRIGGER refuse_done ON inbox;
    ALTER FUNCTION finish_job_kept RENAME TO procrastinate_finish_job_v1
"""


async def test_a_job_that_could_not_be_finished_holds_up_its_chat_for_a_while_only(
    playground: Playground, hosts: Hosts
):
    """The answer is out but the database does not take it down: it is not repeated, and the next is given."""
    async with hosts.run("all"):
        await hosts.until("SELECT count(*) = 8 FROM procrastinate_workers")
        await hosts.run_statement(REFUSE_TO_FINISH)
        first = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(first)
        second = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await asyncio.sleep(4)  # long enough for the job to be begun anew, were it for that
        await hosts.run_statement(FINISH_AGAIN)
        await playground.wait_for_reply(second)
        await hosts.until(f"SELECT ({JOBS}) = 0")
        assert await hosts.ask(UNFINISHED) == 0
    assert len(playground.replies(first)) == len(playground.replies(second)) == 1


async def test_a_worker_that_stops_gives_back_what_it_had_not_begun(playground: Playground, hosts: Hosts):
    """SIGTERM: what is in flight is answered, the rest by others."""
    classifier, other = ScriptedClassifier(), ScriptedClassifier(faces=(build_face(0.05),))
    classifier.may_answer.clear()
    people = [playground.create_user(f"Person {n}") for n in range(3)]
    async with hosts.run("ingress"):
        async with hosts.run("worker", classifier, stop_seconds=1):
            photos = [
                await playground.send_photo(playground.private_chat(person), person, PICTURE)
                for person in people
            ]
            await until(lambda: classifier.asked)
        assert await hosts.ask(UNFINISHED) == 3
        async with hosts.run("worker", other):
            replies = [await playground.wait_for_reply(photo) for photo in photos]
    assert all("sad" in reply.text for reply in replies)


async def test_workers_that_are_replaced_one_by_one_answer_everything_once(
    playground: Playground, hosts: Hosts
):
    """A rolling restart: what is in hand is finished, the rest is the others'."""
    sent = []

    async def send(count: int) -> None:
        sent.extend(
            [await playground.send_photo(playground.private, playground.ana, PICTURE) for _ in range(count)]
        )

    async with hosts.run("ingress"):
        async with hosts.run("worker"):
            await send(5)
            async with hosts.run("worker"):
                await send(5)
        async with hosts.run("worker"):
            await send(5)
            for photo in sent:
                await playground.wait_for_reply(photo)
            await hosts.until("SELECT count(*) = 0 FROM procrastinate_jobs")
    answers = [answer.reply_to for answer in playground.messages(playground.private, from_bot=True)]
    assert answers == sent
