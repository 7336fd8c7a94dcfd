"""Failures on order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from telegram.error import Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from playground import Fault

if TYPE_CHECKING:
    import telegram

    from playground import Playground
    from playground.world.faults import FaultKind

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("too_many_requests", RetryAfter),
        ("forbidden", Forbidden),
        ("unauthorized", InvalidToken),
        ("server_error", NetworkError),
        ("bad_gateway", NetworkError),
        ("reset", NetworkError),
        ("lost_answer", NetworkError),
        ("truncated", NetworkError),
        ("malformed", TelegramError),
    ],
)
async def test_a_fault_comes_once_and_then_all_is_well(
    playground: Playground, bot: telegram.Bot, kind: FaultKind, error: type[TelegramError]
) -> None:
    """Each kind is what python-telegram-bot makes of the real thing, as many times as ordered."""
    playground.fail(Fault(kind, "getMe", retry_after=7))
    with pytest.raises(error):
        await bot.get_me()
    assert (await bot.get_me()).id == bot.id


@pytest.mark.parametrize(
    ("kind", "sent"), [("reset", 0), ("malformed", 0), ("lost_answer", 1), ("truncated", 1)]
)
async def test_a_lost_answer_is_not_a_lost_call(
    playground: Playground, bot: telegram.Bot, kind: FaultKind, sent: int
) -> None:
    """Some failures happen before the call is carried out, some after: retrying those repeats it."""
    await playground.send_text(playground.private, playground.ana, "hello")
    playground.fail(Fault(kind, "sendMessage"))
    with pytest.raises(TelegramError):
        await bot.send_message(playground.ana.id, "hi")
    assert len(playground.messages(playground.private, from_bot=True)) == sent


async def test_a_hanging_call_runs_into_the_callers_deadline(
    playground: Playground, bot: telegram.Bot
) -> None:
    """A hang ends when the bot gives up, and nothing was carried out."""
    await playground.send_text(playground.private, playground.ana, "hello")
    playground.fail(Fault("hang", "sendMessage"))
    with pytest.raises(TimedOut):
        await bot.send_message(playground.ana.id, "hi", read_timeout=0.3)
    await asyncio.sleep(0.1)
    assert playground.messages(playground.private, from_bot=True) == []


async def test_retry_after_says_how_long(playground: Playground, bot: telegram.Bot) -> None:
    """429 carries the seconds to wait, in the body and in the header."""
    playground.fail(Fault("too_many_requests", "getMe", retry_after=7, count=2))
    with pytest.raises(RetryAfter, match="Retry in 7 seconds"):
        await bot.get_me()
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(f"{playground.base_url}{playground.token}/getMe")
    assert answer.headers["Retry-After"] == "7"
    assert answer.json()["parameters"] == {"retry_after": 7}


async def test_a_download_stops_half_way(playground: Playground, bot: telegram.Bot, png: bytes) -> None:
    """A cut download is an error, never a shorter file."""
    message = await playground.send_photo(playground.private, playground.ana, png)
    playground.fail(Fault("truncated", "download"))
    file = await bot.get_file(message.file_id or "")
    with pytest.raises(NetworkError):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == png


async def test_faults_pick_their_calls(playground: Playground, bot: telegram.Bot) -> None:
    """Method, chat, how many go well first and how many fail are all respected."""
    await playground.send_text(playground.private, playground.ana, "hello")
    fault = Fault("forbidden", "sendMessage", skip=1, count=-1, chat_id=playground.ana.id)
    playground.fail(fault)
    await bot.get_me()
    await bot.send_message(playground.group.id, "fine")
    await bot.send_message(playground.ana.id, "fine")
    for _ in range(2):
        with pytest.raises(Forbidden):
            await bot.send_message(playground.ana.id, "refused")
    playground.faults.clear()
    await bot.send_message(playground.ana.id, "fine")


async def test_faults_are_ordered_over_http(playground: Playground, bot: telegram.Bot) -> None:
    """A test in another process orders the same failures; nonsense is refused."""
    address = f"{playground.api_url}/playground/faults"
    async with httpx.AsyncClient(timeout=60) as client:
        assert (await client.post(address, json={"kind": "reset", "method": "getMe"})).status_code == 200
        with pytest.raises(NetworkError):
            await bot.get_me()
        nonsense: list[object] = [{"kind": "earthquake"}, {"kind": "reset", "when": "now"}, []]
        for wrong in nonsense:
            assert (await client.post(address, json=wrong)).status_code == 400
        await client.post(address, json={"kind": "reset", "count": -1})
        await client.delete(address)
    assert await bot.get_me()


async def test_the_call_log_holds_calls_without_bytes(
    playground: Playground, bot: telegram.Bot, png: bytes
) -> None:
    """Method, parameters, sizes of uploads and refusals are written down."""
    await playground.send_text(playground.private, playground.ana, "hello")
    await bot.send_photo(playground.ana.id, png, caption="hi")
    playground.fail(Fault("forbidden", "sendMessage"))
    with pytest.raises(Forbidden):
        await bot.send_message(playground.ana.id, "hi")
    (photo,) = playground.call_log.calls("sendPhoto")
    assert (photo.parameters["caption"], photo.uploads, photo.error) == ("hi", {"photo": len(png)}, "")
    (text,) = playground.call_log.calls("sendMessage")
    assert text.error == "Forbidden: bot was blocked by the user"
    assert playground.call_log.counts["sendPhoto"] == 1
