"""Updates carried to the bot's address."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from telegram.error import BadRequest, Conflict
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    import telegram

    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Receiver:
    """A bot's webhook that refuses the first ``refusals`` deliveries, and what ``refuses`` says."""

    def __init__(self) -> None:
        self.url = ""
        self.refusals = 0
        self.refuses: Callable[[dict[str, Any]], bool] = lambda _update: False
        self.taken: list[dict[str, Any]] = []
        self.secrets: set[str | None] = set()
        self.arrived = asyncio.Event()

    async def wait_for(self, count: int) -> list[dict[str, Any]]:
        """Return what was taken once there are so many."""
        while len(self.taken) < count:
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), 60)
        return self.taken


class ReceiverHandler(RequestHandler):
    """Takes deliveries."""

    def initialize(self, receiver: Receiver) -> None:
        """Take where to write them down."""
        self.receiver = receiver

    def post(self) -> None:
        """Refuse or take one update."""
        receiver = self.receiver
        receiver.secrets.add(self.request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        update = json.loads(self.request.body)
        if receiver.refusals or receiver.refuses(update):
            receiver.refusals = max(0, receiver.refusals - 1)
            self.set_status(503)
            return
        receiver.taken.append(update)
        receiver.arrived.set()


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = HTTPServer(Application([("/hook", ReceiverHandler, {"receiver": receiver})]))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    receiver.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/hook"
    yield receiver
    server.stop()
    await server.close_all_connections()


async def test_updates_are_delivered_with_the_secret(
    playground: Playground, bot: telegram.Bot, receiver: Receiver
) -> None:
    """Each update arrives once, with the header that proves who sent it, waiting ones included."""
    await playground.send_text(playground.private, playground.ana, "one")
    await bot.set_webhook(receiver.url, secret_token="s3cret", max_connections=1)
    await playground.send_text(playground.private, playground.ana, "two")
    taken = await receiver.wait_for(2)
    assert [update["message"]["text"] for update in taken] == ["one", "two"]
    assert receiver.secrets == {"s3cret"}
    async with asyncio.timeout(60):
        # Until the playground, too, has heard that the last one was taken.
        while (await bot.get_webhook_info()).pending_update_count:
            await asyncio.sleep(0.01)


async def test_a_refused_update_comes_again(
    playground: Playground, bot: telegram.Bot, receiver: Receiver
) -> None:
    """Anything but a 2xx is tried again, and told in getWebhookInfo."""
    receiver.refusals = 2
    await bot.set_webhook(receiver.url)
    await playground.send_text(playground.private, playground.ana, "hello")
    assert len(await receiver.wait_for(1)) == 1
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"


async def test_an_address_that_refuses_for_long_is_asked_as_often_as_before(
    playground: Playground, bot: telegram.Bot, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pause grows up to a limit: a bot that comes back late must not wait as long again."""
    monkeypatch.setattr("playground.world.webhooks._FIRST_PAUSE", 0.001)
    monkeypatch.setattr("playground.world.webhooks._MAX_PAUSE", 0.002)
    receiver.refusals = 30  # without the limit the last pause alone would be of twelve days
    await bot.set_webhook(receiver.url)
    await playground.send_text(playground.private, playground.ana, "hello")
    assert len(await receiver.wait_for(1)) == 1


async def test_a_refused_update_holds_up_its_own_chat_only(
    playground: Playground, bot: telegram.Bot, receiver: Receiver
) -> None:
    """Over many connections a chat's updates still come one after the other, as from Telegram."""
    # Until the other chat's has come, which is the first to be taken then.
    receiver.refuses = lambda update: update["message"]["text"] == "one" and not receiver.taken
    await playground.send_text(playground.private, playground.ana, "one")
    await playground.send_text(playground.private, playground.ana, "two")
    await playground.send_text(playground.private_chat(playground.ben), playground.ben, "three")
    await bot.set_webhook(receiver.url, max_connections=10)
    taken = await receiver.wait_for(3)
    assert [update["message"]["text"] for update in taken] == ["three", "one", "two"]


async def test_polling_and_webhook_exclude_each_other(
    playground: Playground, bot: telegram.Bot, receiver: Receiver
) -> None:
    """GetUpdates is a Conflict while a webhook is set."""
    await bot.set_webhook(receiver.url)
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_a_secret_has_plain_characters(bot: telegram.Bot, receiver: Receiver) -> None:
    """Letters, digits, _ and - only, as Telegram demands."""
    with pytest.raises(BadRequest, match="Secret token contains unallowed characters"):
        await bot.set_webhook(receiver.url, secret_token="not secret!")
