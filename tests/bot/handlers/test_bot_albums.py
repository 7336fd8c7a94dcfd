"""Albums: one answer, however their parts arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, build_face, run_bot_in, until

from bot.storage.chat_records import ChatSettings

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")

WAY_TO_WHY = "To see why, reply to one of the photos with /emotion."


async def test_an_album_gets_one_answer(bot: RunningBot, playground: Playground):
    """All photos' results stand in one text, with the numbered pictures as an album."""
    photos = [
        await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="a")
        for _ in range(4)
    ]

    answer = await playground.wait_for_reply(photos[0])

    assert [line for line in answer.text.splitlines() if line.startswith("Photo")] == [
        f"Photo {number}" for number in range(1, 5)
    ]
    assert len(playground.album(answer)) == 4
    assert sum(len(playground.replies(photo)) for photo in photos[1:]) == 0


async def test_the_answer_to_an_album_tells_the_way_to_why(bot: RunningBot, playground: Playground):
    """There are no buttons below albums: a photo asked about alone is answered with them, in private too."""
    photos = [
        await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="w")
        for _ in range(2)
    ]
    assert WAY_TO_WHY in (await playground.wait_for_reply(photos[0])).text

    await playground.send_text(playground.private, playground.ana, "/emotion", reply_to=photos[1])

    answer = await playground.wait_for_reply(photos[1])
    assert "Why?" in {button.text for row in answer.buttons for button in row}


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0)], ids=["backwards", "mixed"])
async def test_an_album_whose_parts_come_in_disorder_is_answered_in_order(
    playground: Playground, tmp_path: Path, order: tuple[int, ...]
):
    """Each photo's result stands at its place in the chat, and a part that comes twice counts once."""
    pictures = [PICTURE + bytes([number]) for number in range(3)]
    photos = [
        await playground.send_photo(playground.private, playground.ana, picture, media_group_id="h")
        for picture in pictures
    ]
    playground.world.updates.clear()
    for number in (*order, order[0]):
        playground.world.updates.put("message", photos[number].to_json())
    seen = zip(pictures, (0.97, 0.03, 0.9), strict=True)
    classifier = ScriptedClassifier(faces_by_photo={picture: (build_face(happy),) for picture, happy in seen})

    async with run_bot_in(playground, tmp_path, classifier):
        answer = await playground.wait_for_reply(photos[0])

    assert answer.text.split("\n\n") == [
        "Photo 1\nLooks happy — 97% sure",
        "Photo 2\nLooks sad — 97% sure",
        "Photo 3\nLooks happy — 90% sure",
        WAY_TO_WHY,
    ]
    assert len(playground.messages(playground.private, from_bot=True)) == len(playground.album(answer)) == 3


async def test_an_album_in_a_group_is_answered_for_the_caption_of_one_part(
    bot: RunningBot, playground: Playground
):
    """The command stands on one part; all parts that Telegram shows are answered."""
    await playground.set_privacy_mode(False, readd_to=playground.group)
    photos = [
        await playground.send_photo(
            playground.group,
            playground.ben,
            PICTURE,
            media_group_id="b",
            caption="/emotion" if number == 1 else "",
        )
        for number in range(3)
    ]

    assert "Photo 3" in (await playground.wait_for_reply(photos[0])).text


async def test_an_album_with_an_unreadable_part_says_which(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """One bad photo spoils neither the others' results nor their numbers."""
    photos = [
        await playground.send_document(
            playground.private,
            playground.ana,
            PICTURE,
            file_name="a.jpg",
            mime_type="image/jpeg",
            media_group_id="c",
            declared_size=30_000_000 if number == 0 else None,
        )
        for number in range(2)
    ]

    answer = await playground.wait_for_reply(photos[0])

    assert "Photo 1\nThe file is too large" in answer.text
    assert "Photo 2\nLooks happy" in answer.text


async def test_an_album_of_other_files_gets_one_hint(bot: RunningBot, playground: Playground):
    """Documents that are no pictures are answered once, not one by one."""
    parts = [
        await playground.send_document(
            playground.private,
            playground.ana,
            b"%PDF-1.7",
            file_name="a.pdf",
            mime_type="application/pdf",
            media_group_id="d",
        )
        for _ in range(3)
    ]

    assert (await playground.wait_for_reply(parts[0])).text.startswith("I can only look at pictures.")
    assert [len(playground.replies(part)) for part in parts] == [1, 0, 0]


async def test_an_album_with_many_faces_is_summarised(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """Beyond 20 faces in all, each photo gets its counts."""
    classifier.faces = tuple(build_face(0.97 if number % 3 else 0.02, x=number) for number in range(12))
    photos = [
        await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="e")
        for _ in range(2)
    ]

    assert "12 faces: 8 happy, 4 sad, 0 hard to tell" in (await playground.wait_for_reply(photos[0])).text


async def test_an_album_half_arrived_is_answered_when_the_bot_stops(bot: RunningBot, playground: Playground):
    """Stopping does not wait for parts, and does not forget those that came.

    On PostgreSQL they are left to another process, or to the next start.
    """
    photo = await playground.send_photo(playground.private, playground.ana, PICTURE, media_group_id="f")
    await until(lambda: not playground.pending_updates)
    await bot.services.inbox.stop(60)
    if bot.services.settings.database_url:
        await bot.services.inbox.start(bot.application.bot)

    assert (await playground.wait_for_reply(photo)).text.startswith("Looks ")


async def test_an_album_in_a_reacting_group_gets_a_reaction(bot: RunningBot, playground: Playground):
    """The group's way to be answered holds for albums."""
    await bot.services.storage.preferences.save_chat_settings(
        playground.group.id, ChatSettings(how="reaction")
    )
    photo = await playground.send_photo(
        playground.group, playground.ben, PICTURE, media_group_id="g", caption="/emotion"
    )

    assert await playground.wait_for_reaction(photo) == "😁"
