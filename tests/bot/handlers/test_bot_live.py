"""/live: where the host has it on, a button opens the camera's page; what the page sends is classified."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, run_bots_in, until
from live_steps import sign_init_data

from bot.config.parsers import Secret
from bot.config.settings import SettingsError, load_settings
from bot.messages.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.runtime.serving import RunningBots
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = Secret("only-telegram-knows-this")


@asynccontextmanager
async def run_live_bot(playground: Playground, folder: Path, port: int) -> AsyncIterator[RunningBots]:
    """Run a bot with a live page; Telegram would ask for https, the playground does not."""
    async with run_bots_in(
        playground,
        folder,
        ScriptedClassifier(),
        live_page="on",
        api_port=0,
        webhook_url=f"http://127.0.0.1:{port}",
        webhook_port=port,
        webhook_secret=SECRET,
    ) as running:
        yield running


async def test_live_opens_the_camera_in_private_chats_alone(
    playground: Playground, tmp_path: Path, unused_tcp_port: int
):
    """The button leads to the page in the person's language; a group is told where to ask."""
    async with run_live_bot(playground, tmp_path, unused_tcp_port):
        asked = await playground.send_text(playground.private, playground.ana, "/live")
        answer = await playground.wait_for_reply(asked)
        in_group = await playground.send_text(playground.group, playground.ana, "/live@happy_or_sad_bot")
        told = await playground.wait_for_reply(in_group)

    ((button,),) = answer.fields["reply_markup"]["inline_keyboard"]
    assert button["web_app"] == {"url": f"http://127.0.0.1:{unused_tcp_port}/live?language=en"}
    assert "what it keeps: nothing" in answer.text
    assert "private chat" in told.text
    assert "reply_markup" not in told.fields


async def test_the_mini_app_of_a_bot_takes_what_is_signed_for_it(
    playground: Playground, tmp_path: Path, unused_tcp_port: int
):
    """With the bot's own token; the page is served beside, and no key opens the API."""
    async with (
        run_live_bot(playground, tmp_path, unused_tcp_port) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.api_port}", timeout=60) as client,
    ):
        page = await client.get("/live?language=de")
        answers = [
            await client.post("/v1/faces", content=PICTURE, headers={"Authorization": header})
            for header in (
                f"tma {sign_init_data(playground.token)}",
                f"tma {sign_init_data()}",
                "Bearer no-such-key",
            )
        ]

    assert "Kamera öffnen" in page.text
    assert [answer.status_code for answer in answers] == [200, 401, 401]


async def test_the_command_is_offered_where_there_is_a_page(
    playground: Playground, tmp_path: Path, unused_tcp_port: int
):
    """In the menu of private chats; a bot that was started without it before registers it anew."""
    english, account = Catalogue("en").texts("en"), playground.world.account
    offered = {"command": "live", "description": english("command-live")}
    private, group = playground.private, playground.group
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        await until(lambda: account.text("short_description", "zh"))
        assert offered not in account.commands_for(private, playground.ana)
    async with run_live_bot(playground, tmp_path, unused_tcp_port):
        await until(lambda: offered in account.commands_for(private, playground.ana))
        assert offered not in account.commands_for(group, playground.ana)


async def test_without_it_live_is_no_command(playground: Playground, tmp_path: Path):
    """Off by default: the answer is the hint that any text gets, and nothing is served."""
    async with run_bots_in(playground, tmp_path, ScriptedClassifier()) as running:
        asked = await playground.send_text(playground.private, playground.ana, "/live")
        answer = await playground.wait_for_reply(asked)

    assert answer.text == Catalogue("en").texts("en")("hint-text")
    assert running.api_port is None


async def test_a_live_page_needs_an_address(tmp_path: Path):
    """Telegram opens Mini Apps by https alone; in the playground, without a token, none is needed."""
    token = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456"

    with pytest.raises(SettingsError, match="WEBHOOK_URL is missing: with LIVE_PAGE=on"):
        load_settings({"LIVE_PAGE": "on", "BOT_TOKEN": token}, tmp_path / "none")
    assert load_settings({"LIVE_PAGE": "on"}, tmp_path / "none").live_url == ""
