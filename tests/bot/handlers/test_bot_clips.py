"""Clips: what was seen over time, and the cover where there is nothing more to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bot_fakes import PICTURE, ScriptedClassifier, build_face
from skimage.data import astronaut

from bot.messages.catalogue import Catalogue
from bot.messages.formatting import count_outcomes, format_clip
from bot.messages.outcome import Outcome
from bot.storage.chat_records import ChatSettings
from classifier.types import Clip, DamagedImageError, Prediction, WorkerLostError
from tests.classifier.clip_files import move, write_clip

if TYPE_CHECKING:
    from pathlib import Path

    from bot.runtime.serving import RunningBot
    from classifier.types import Face
    from playground import Playground

HAPPY, SAD, UNSURE = build_face(0.97), build_face(0.03), build_face(0.55, sure=False)
CLIP = b"a clip that can be watched"
NOTE = "I looked at 16 moments of the clip, at the largest face in each."


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("kind", ["video", "animation", "video_note", "video_sticker"])
async def test_a_clip_is_watched(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier, kind: str
):
    """The clip itself is fetched; the answer names what was seen over time, with one picture."""
    classifier.clips[CLIP] = (*[HAPPY] * 12, SAD, UNSURE)
    send = {
        "video": playground.send_video,
        "animation": playground.send_animation,
        "video_note": playground.send_video_note,
    }.get(kind, playground.send_sticker)
    options = {"is_video": True} if "sticker" in kind else {}
    clip = await send(playground.private, playground.ana, CLIP, thumbnail=PICTURE, **options)

    answer = await playground.wait_for_reply(clip)

    assert answer.text.splitlines() == ["Mostly happy — 12 of 14 looks", NOTE]
    assert answer.file_id
    assert classifier.asked == []


@pytest.mark.asyncio(loop_scope="session")
async def test_a_real_clip_is_watched_by_a_real_worker(
    seeing_bot: RunningBot, playground: Playground, tmp_path: Path
):
    """From the message to the picture, with nothing scripted."""
    video = write_clip(tmp_path, move(astronaut(), 40, (320, 240)))
    clip = await playground.send_video(playground.private, playground.ana, video)

    answer = await playground.wait_for_reply(clip)

    assert answer.text.startswith("Mostly happy — ")
    assert playground.world.files.find(answer.file_id).content.startswith(b"\xff\xd8\xff")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_looks_at_a_clip_can_be_asked_about(
    seeing_bot: RunningBot, playground: Playground, tmp_path: Path
):
    """Below its answer: what each look was made of, numbered as in the picture, and where it looked."""
    video = write_clip(tmp_path, move(astronaut(), 8, (320, 240)))
    clip = await playground.send_video(playground.private, playground.ana, video)
    answer = await playground.wait_for_reply(clip)
    await playground.press_button(answer, "Details")
    details = await playground.wait_for_reply(answer)
    await playground.press_button(answer, "Why?")
    why = await playground.wait_for_reply(answer, number=2)

    assert "\n8 · Happy " in details.text
    assert why.file_id


@pytest.mark.asyncio(loop_scope="session")
async def test_a_clip_without_a_face_is_told(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """It was watched all the same, and the answer says how much of it."""
    classifier.clips[CLIP] = ()
    clip = await playground.send_video(playground.private, playground.ana, CLIP, thumbnail=PICTURE)

    assert (await playground.wait_for_reply(clip)).text.startswith(
        "I looked at 16 moments of the clip and found no face."
    )


@pytest.mark.asyncio(loop_scope="session")
async def test_a_long_clip_is_not_watched(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """What is longer than a minute is not even fetched: its cover is classified."""
    classifier.clips[CLIP] = (HAPPY,)
    clip = await playground.send_video(
        playground.private, playground.ana, CLIP, thumbnail=PICTURE, seconds=61
    )

    answer = await playground.wait_for_reply(clip)

    assert answer.text.endswith("I looked at the cover picture only, not at the whole clip.")
    assert classifier.asked == [PICTURE]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_clip_of_just_a_minute_is_watched(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """The longest clip that Telegram's camera records: the limit itself still counts as short enough."""
    classifier.clips[CLIP] = (HAPPY,)
    clip = await playground.send_video(
        playground.private, playground.ana, CLIP, thumbnail=PICTURE, seconds=60
    )

    answer = await playground.wait_for_reply(clip)

    assert answer.text.splitlines() == ["Mostly happy — 1 of 1 look", NOTE]
    assert classifier.asked == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("of_the_clip", "answer"),
    [
        (DamagedImageError("damaged"), "Looks happy"),
        (WorkerLostError("lost"), "I failed on this picture twice"),
    ],
    ids=["damaged", "killer"],
)
async def test_a_worker_that_dies_of_a_clip_counts_with_those_that_die_of_its_cover(
    bot: RunningBot,
    playground: Playground,
    classifier: ScriptedClassifier,
    of_the_clip: Exception,
    answer: str,
):
    """Two deaths by one message are enough; a clip that just cannot be read has killed nobody."""
    classifier.clip_errors, classifier.errors = [of_the_clip], [WorkerLostError("lost")]
    clip = await playground.send_video(playground.private, playground.ana, CLIP, thumbnail=PICTURE)

    assert (await playground.wait_for_reply(clip)).text.startswith(answer)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_clip_counts_as_one_face_in_a_groups_mood(
    bot: RunningBot, playground: Playground, classifier: ScriptedClassifier
):
    """However often it was looked at."""
    classifier.clips[CLIP] = (HAPPY,) * 14
    preferences = bot.services.storage.preferences
    await preferences.save_chat_settings(playground.group.id, ChatSettings(mood_enabled=True))
    clip = await playground.send_video(
        playground.group, playground.ana, CLIP, thumbnail=PICTURE, caption="/emotion"
    )
    await playground.wait_for_reply(clip)
    asked = await playground.send_text(playground.group, playground.ana, "/mood")

    assert "1 happy, 0 sad" in (await playground.wait_for_reply(asked)).text


@pytest.mark.parametrize(
    ("faces", "said", "counts"),
    [
        ([HAPPY] * 9 + [SAD] * 2, "Mostly happy — 9 of 11 looks", (1, 0, 0)),
        ([SAD], "Mostly sad — 1 of 1 look", (0, 1, 0)),
        ([UNSURE, UNSURE, HAPPY], "Mostly hard to tell — 2 of 3 looks", (0, 0, 1)),
        ([HAPPY, SAD], "Mixed — 1 happy, 1 sad, 0 hard to tell, of 2 looks", (0, 0, 1)),
    ],
)
def test_what_was_seen_over_time_is_summed_up(faces: list[Face], said: str, counts: tuple[int, int, int]):
    """Each verdict has its sentence, and counts as one face."""
    clip = Clip(8.0, 16, tuple(map(float, range(len(faces)))))

    assert format_clip(Catalogue("en").texts("en"), clip, faces).splitlines() == [said, NOTE]
    assert count_outcomes([Outcome(Prediction(9, 9, tuple(faces)), clip=clip)]) == counts


@pytest.mark.parametrize(
    ("language", "looks", "text"),
    [("ru", 1, "из 1 кадра"), ("ru", 14, "из 14 кадров"), ("uk", 21, "з 21 кадру"), ("ar", 2, "لقطتين")],
)
def test_looks_are_counted_in_the_right_plural(language: str, looks: int, text: str):
    """Numbers agree with their nouns."""
    assert text in Catalogue("en").texts(language)("clip-happy", seen=1, looks=looks)
