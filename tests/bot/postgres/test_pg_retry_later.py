"""Answers that cannot be given now: put off in the shared queue, and given later, once and in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE

from bot.inbox.entry import STARTS_ALLOWED
from playground import Fault

if TYPE_CHECKING:
    from postgres_steps import Hosts

    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
PUT_OFF = (
    "SELECT count(*) = 1 FROM procrastinate_jobs "
    "WHERE status = 'todo' AND attempts >= {attempts} AND scheduled_at > now() - interval '10 minutes'"
)
NONE_LEFT = (
    "SELECT (SELECT count(*) FROM procrastinate_jobs) + count(*) = 0 FROM inbox WHERE payload IS NOT NULL"
)


def refuse_answers(playground: Playground) -> None:
    """Have Telegram fail at all that is sent to the private chat of the first person."""
    playground.fail(Fault("server_error", count=-1, chat_id=playground.private.id))


async def test_a_retried_answer_is_given_before_the_next_of_its_chat(playground: Playground, hosts: Hosts):
    """Its chat waits with it and others do not; however often it was put off, it is not given up."""
    refuse_answers(playground)
    other_chat = playground.private_chat(playground.ben)
    async with hosts.run("ingress"), hosts.run("worker", retry_seconds=0.2):
        first = await playground.send_photo(playground.private, playground.ana, PICTURE)
        second = await playground.send_photo(playground.private, playground.ana, PICTURE)
        elsewhere = await playground.send_photo(other_chat, playground.ben, PICTURE)
        await playground.wait_for_reply(elsewhere)
        await hosts.until(PUT_OFF.format(attempts=STARTS_ALLOWED + 2))
        assert playground.replies(first) == playground.replies(second) == []
        playground.faults.clear()
        for photo in (first, second):
            await playground.wait_for_reply(photo)
        await hosts.until(NONE_LEFT)
    assert [len(playground.replies(photo)) for photo in (first, second, elsewhere)] == [1, 1, 1]
    answers = playground.messages(playground.private, from_bot=True)
    assert [answer.reply_to.id for answer in answers if answer.reply_to] == [first.id, second.id]


async def test_a_worker_that_starts_does_not_wait_for_what_is_tried_again_later(
    playground: Playground, hosts: Hosts
):
    """It may be the cure, as when the host's network was at fault."""
    refuse_answers(playground)
    async with hosts.run("ingress"):
        async with hosts.run("worker", retry_seconds=0.2):
            photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
            await hosts.until(PUT_OFF.format(attempts=1))
        await hosts.run_statement("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
        playground.faults.clear()
        async with hosts.run("worker"):
            await playground.wait_for_reply(photo)
            await hosts.until(NONE_LEFT)
    assert len(playground.replies(photo)) == 1
