"""What hosts and curious people ask for: data, statistics, webhooks, registered commands."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import httpx
import pytest
from bot_fakes import PICTURE, ScriptedClassifier, run_bot, run_bot_in, until

from bot import __version__
from bot.config.parsers import Secret
from bot.config.settings import LANGUAGES, Settings
from bot.messages.catalogue import Catalogue
from bot.runtime.roles import StartError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
SECRET = Secret("only-telegram-knows-this")


def read_all(directory: Path) -> list[bytes]:
    return [path.read_bytes() for path in directory.rglob("*") if path.is_file()]


async def ask(playground: Playground, text: str) -> str:
    message = await playground.send_text(playground.private, playground.ana, text)
    return (await playground.wait_for_reply(message)).text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/start", "automatic system"),
        ("/help", "from left to right"),
        ("/privacy", "never stored"),
        ("/developer_info", "has not said who they are"),
        ("/mood", "works in groups only"),
        ("/emotion", "Send me a photo"),
        ("/nonsense", "Send me a photo"),
        ("good morning", "Send me a photo"),
    ],
)
async def test_each_text_gets_its_answer(bot: RunningBot, playground: Playground, command: str, words: str):
    """Nothing a person writes in private ends in silence."""
    assert words in await ask(playground, command)


async def test_about_names_the_model_and_its_measured_accuracy(bot: RunningBot, playground: Playground):
    """/about gives name, version and the balanced accuracy with its count."""
    text = await ask(playground, "/about")

    assert "“scripted”, version 1.2.3" in text
    assert "On 1,330 photos" in text
    assert "93.4%" in text
    assert f"Version of the bot: {__version__}" in text


@pytest.mark.parametrize(
    "fields",
    [
        {"location": {"latitude": 1.0, "longitude": 2.0}},
        {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}},
        {"contact": {"phone_number": "1", "first_name": "A"}},
        {"dice": {"emoji": "🎲", "value": 3}},
    ],
    ids=lambda fields: next(iter(fields)),
)
async def test_anything_else_gets_a_hint(bot: RunningBot, playground: Playground, fields: dict[str, object]):
    """What cannot be looked at is answered with what can."""
    message = await playground.send_other(playground.private, playground.ana, fields)

    assert (await playground.wait_for_reply(message)).text.startswith("I can only look at pictures.")


@pytest.mark.parametrize("kind", ["video", "animation", "video_note", "animated_sticker", "video_sticker"])
async def test_clips_are_classified_by_their_cover(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, kind: str
):
    """Of a clip, Telegram's own cover picture is classified, and the answer says so."""
    send = {
        "video": playground.send_video,
        "animation": playground.send_animation,
        "video_note": playground.send_video_note,
    }.get(kind, playground.send_sticker)
    options = (
        {"is_animated": kind == "animated_sticker", "is_video": kind == "video_sticker"}
        if "sticker" in kind
        else {}
    )
    clip = await send(playground.private, playground.ana, b"a clip", thumbnail=PICTURE, **options)

    answer = await playground.wait_for_reply(clip)

    assert answer.text.endswith("I looked at the cover picture only, not at the whole clip.")
    assert classifier.asked == [PICTURE]


async def test_a_clip_without_a_cover_is_told(bot: RunningBot, playground: Playground):
    """Where Telegram made no cover there is nothing to look at, which is said."""
    clip = await playground.send_video(playground.private, playground.ana, b"a clip")

    assert (await playground.wait_for_reply(clip)).text.startswith("Telegram made no cover picture")


async def test_my_data_comes_as_a_file_and_can_be_forgotten(bot: RunningBot, playground: Playground):
    """/mydata holds what is stored, and after /forget it no longer does."""
    await bot.services.storage.preferences.set_user_language(playground.ana.id, "en")
    asked = await playground.send_text(playground.private, playground.ana, "/mydata")
    answer = await playground.wait_for_reply(asked)
    document = playground.world.files.find(answer.file_id).content
    assert json.loads(document)["language"] == "en"
    assert answer.text.startswith("This is all that is kept about you.")
    assert "\nLanguage: English\n" in answer.text

    assert (await ask(playground, "/forget")).startswith("Done:")

    assert await bot.services.storage.preferences.get_user_language(playground.ana.id) is None


async def test_statistics_are_for_owners(playground: Playground, tmp_path: Path):
    """/stats answers owners with counts; for others the command does not exist."""
    async with run_bot_in(
        playground,
        tmp_path,
        ScriptedClassifier(),
        owner_ids=frozenset({playground.ana.id}),
        developer_info="Ana, ana@x.org",
    ):
        await playground.wait_for_reply(
            await playground.send_photo(playground.private, playground.ana, PICTURE)
        )
        stats = await ask(playground, "/stats")
        assert stats.startswith("Last hour · last 24 hours · since the start:\nPhotos answered: 1 · 1 · 1\n")
        assert re.search(r"\nFetching the photo: [\d.]+\u00a0s · [\d.]+\u00a0s · [\d.]+\u00a0s\n", stats)
        assert "Ana" not in stats
        assert (await ask(playground, "/broadcast hello")).startswith("Send me a photo")
        assert "Ana, ana@x.org" in await ask(playground, "/developer_info")
        other = await playground.send_text(playground.private_chat(playground.ben), playground.ben, "/stats")

        assert (await playground.wait_for_reply(other)).text.startswith("Send me a photo")


async def test_statistics_are_not_spoken_of_in_groups(bot: RunningBot, playground: Playground):
    """/stats of somebody else in a group may be another bot's: it gets no answer."""
    await playground.send_text(playground.group, playground.ben, "/stats")
    after = await playground.send_text(playground.group, playground.ben, "/help")
    await playground.wait_for_reply(after)

    assert len(playground.messages(playground.group, from_bot=True)) == 1


async def test_a_photo_is_never_on_disk(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, tmp_path: Path
):
    """Neither while a photo is classified nor afterwards do its bytes lie in DATA_DIR."""
    marked = PICTURE + b"the-bytes-of-this-photo"
    # On PostgreSQL nothing else need lie there yet: without it, nothing found would prove nothing.
    (tmp_path / "witness").write_bytes(b"what lies here is read")
    classifier.may_answer.clear()
    photo = await playground.send_photo(playground.private, playground.ana, marked)
    await until(lambda: classifier.asked)
    during = await asyncio.to_thread(read_all, tmp_path)
    classifier.may_answer.set()
    await playground.wait_for_reply(photo)
    afterwards = await asyncio.to_thread(read_all, tmp_path)

    assert b"what lies here is read" in during
    assert b"what lies here is read" in afterwards
    assert not any(b"the-bytes-of-this-photo" in content for content in during + afterwards)


async def test_commands_and_descriptions_are_registered_once(playground: Playground, tmp_path: Path):
    """All scopes and languages are registered at the first start, and left alone at the next."""
    for _ in range(2):
        async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
            await until((tmp_path / f"registered-{playground.world.bot.id}.txt").exists)
            await ask(playground, "/help")

    assert playground.call_log.counts["setMyCommands"] == 3 * len(LANGUAGES)
    assert playground.call_log.counts["setMyDescription"] == len(LANGUAGES)
    assert playground.call_log.counts["setMyShortDescription"] == len(LANGUAGES)


async def test_people_and_admins_see_their_commands_in_their_language(playground: Playground, tmp_path: Path):
    """What Telegram's menu offers depends on chat, rights and language; other languages see English."""
    dora = playground.create_user("Dora", language_code="de")
    kurn = playground.create_user("Kurn", language_code="tlh")
    group = playground.create_group("G", [dora, kurn])
    async with run_bot_in(playground, tmp_path, ScriptedClassifier()):
        await until((tmp_path / f"registered-{playground.world.bot.id}.txt").exists)
    account, german, english = playground.world.account, *map(Catalogue("en").texts, ("de", "en"))

    in_private = account.commands_for(playground.private_chat(dora), dora)
    of_member = account.commands_for(group, kurn)
    of_admin = account.commands_for(group, dora)

    assert {"command": "forget", "description": german("command-forget")} in in_private
    assert {"command": "emotion", "description": english("command-emotion")} in of_member
    assert "settings" not in [command["command"] for command in of_member]
    assert {"command": "settings", "description": german("command-settings")} in of_admin
    assert account.text("description", "de") == german("bot-description")
    assert account.text("short_description", "tlh") == english("bot-short-description")


async def test_a_refused_token_stops_the_start_without_showing_it(playground: Playground, tmp_path: Path):
    """The sentence names BOT_TOKEN; the token itself is not in it."""
    wrong = Secret("123456:" + "a" * 35)
    settings = Settings(
        bot_token=wrong, telegram_api_url=playground.api_url, data_dir=tmp_path, health_port=0
    )

    with pytest.raises(StartError, match="BOT_TOKEN is refused") as refusal:
        async with run_bot(settings, lambda _: ScriptedClassifier()):
            pass

    assert wrong not in str(refusal.value)


async def test_webhooks_are_received_with_the_secret_only(
    playground: Playground, tmp_path: Path, unused_tcp_port: int
):
    """Updates come in by webhook and are answered; who does not know the secret is turned away."""
    async with run_bot_in(
        playground,
        tmp_path,
        ScriptedClassifier(),
        webhook_url=f"http://127.0.0.1:{unused_tcp_port}",
        webhook_secret=SECRET,
        webhook_port=unused_tcp_port,
    ):
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")
        async with httpx.AsyncClient(timeout=60) as client:
            forged = [
                await client.post(
                    f"http://127.0.0.1:{unused_tcp_port}/telegram", json={"update_id": 1}, headers=headers
                )
                for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "a-wrong-guess-at-it"})
            ]

    assert [response.status_code for response in forged] == [403, 403]
    assert playground.call_log.counts["getUpdates"] == 0
