"""Predictions as words, and moods as plots: pure functions."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import TYPE_CHECKING, get_args

import pytest
from bot_fakes import build_face
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.sending import is_caption
from bot.config.settings import LANGUAGES
from bot.messages.catalogue import Catalogue
from bot.messages.formatting import (
    ADVICE,
    DOUBTS,
    count_faces,
    format_album,
    format_details,
    format_faces,
    format_gathered,
    format_heat_map_caption,
    format_outcome,
    pick_reaction,
    round_share,
)
from bot.messages.mood_chart import format_bar, format_mood
from bot.messages.outcome import Outcome
from bot.messages.problems import Problem
from bot.messages.settings_keyboards import apply_choice
from bot.storage.chat_records import ChatSettings, MoodCount
from classifier.types import Doubt, Prediction

if TYPE_CHECKING:
    from classifier.types import Face

say = Catalogue("en").texts("en")


def outcome(*faces: Face, **more: object) -> Outcome:
    return Outcome(prediction=Prediction(100, 100, faces), **more)


def test_each_face_has_a_numbered_line():
    """Happy, sad, and the three ways to be unsure."""
    faces = [
        build_face(0.97),
        build_face(0.08),
        build_face(0.9, sure=False, doubt="too_small"),
        build_face(0.55, sure=False, doubt="too_close"),
        build_face(0.9, sure=False, doubt="neither"),
    ]

    assert format_faces(say, faces).splitlines() == [
        "1 · Looks happy — 97% sure",
        "2 · Looks sad — 92% sure",
        "3 · Hard to tell — the face is too small",
        "4 · Hard to tell — between happy and sad",
        "5 · Hard to tell — looks neither happy nor sad",
    ]


def test_an_only_face_has_no_number():
    """Where there is nothing to tell apart, a number is noise."""
    prediction = Prediction(9, 9, (build_face(0.97),))

    assert format_faces(say, prediction.faces) == "Looks happy — 97% sure"
    assert format_details(say, prediction).splitlines()[1].startswith("Happy 97%, sad 3% (face ")


def test_every_doubt_has_words_of_its_own():
    """Also those that a classifier of tomorrow gives."""
    expected = {*get_args(Doubt), "turned_away", "covered", "unclear"}

    texts = {doubt: say(message) for doubt, message in DOUBTS.items()}
    assert set(texts) >= expected
    assert len(set(texts.values())) == len(texts)
    assert set(ADVICE) <= set(DOUBTS)


def test_doubt_comes_with_advice_once():
    """What would help most faces is said once, below them; where no other photo would help, nothing is."""
    small = build_face(0.9, sure=False, doubt="too_small")
    between = build_face(0.55, sure=False, doubt="too_close")

    lines = format_outcome(say, Outcome(Prediction(9, 9, (small, small, between)))).splitlines()
    album = format_album(say, [Outcome(Prediction(9, 9, (small,)))] * 2)

    assert lines[-1] == say("advice-too-small")
    assert lines.count(say("advice-too-small")) == album.count(say("advice-too-small")) == 1
    assert format_outcome(say, Outcome(Prediction(9, 9, (between,)))) == say("face-too-close")


def test_advice_for_one_of_many_is_not_given():
    """Below a photo of a crowd nobody would know whose mouth cannot be seen."""
    covered = build_face(0.9, sure=False, doubt="covered")
    neither = build_face(0.9, sure=False, doubt="neither")

    def last_line(*faces: Face) -> str:
        return format_outcome(say, Outcome(Prediction(9, 9, faces))).splitlines()[-1]

    assert last_line(covered, neither, build_face(0.97)) == say("advice-covered"), "half of them"
    assert say("advice-covered") not in last_line(covered, neither, neither)
    assert last_line(build_face(0.97), build_face(0.02)).startswith("2 · Looks sad")


def test_twenty_faces_are_listed_and_more_are_summarised():
    """Beyond 20 nobody reads a list."""
    faces = [build_face(0.97)] * 14 + [build_face(0.02)] * 4 + [build_face(sure=False)] * 2

    assert len(format_faces(say, faces).splitlines()) == 20
    assert format_faces(say, [*faces, build_face()]) == "21 faces: 15 happy, 4 sad, 2 hard to tell"


def test_no_answer_claims_certainty():
    """99% at most, 1% at least."""
    assert (round_share(0.9999), round_share(0.0001), round_share(0.505)) == (0.99, 0.01, 0.5)


def test_covers_and_damage_are_mentioned():
    """What was classified is not always what was sent."""
    damaged = Outcome(prediction=Prediction(1, 1, (build_face(),), damaged=True), is_cover=True)

    assert format_outcome(say, damaged).splitlines()[1:] == [
        "I looked at the cover picture only, not at the whole clip.",
        "The file is damaged: I judged the part that can still be seen.",
    ]


def test_a_busy_minute_of_many_photos_is_summarised():
    """A gathered answer stays short however many photos there were."""
    few = format_gathered(say, [outcome(build_face())] * 2)
    many = format_gathered(say, [outcome(build_face())] * 50)

    assert few.splitlines()[:3] == ["2 more photos from a busy minute:", "", "Photo 1"]
    assert many.splitlines() == [
        "50 more photos from a busy minute:",
        "",
        "50 faces: 50 happy, 0 sad, 0 hard to tell",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_fits_into_a_caption_or_a_message(language: str):
    """Twenty faces fit below the picture in every language; the longest album fits into a message."""
    speak = Catalogue("en").texts(language)
    faces = [build_face(0.9, sure=False, doubt="neither")] * 20
    problem = Problem("too_many_bytes", "problem-too-many-bytes", {"megabytes": 20})

    assert is_caption(format_faces(speak, [build_face(0.03)] * 20))
    assert len(format_album(speak, [outcome(*faces), *[Outcome(problem=problem)] * 9])) <= 4096
    assert len(format_details(speak, Prediction(1, 1, tuple(faces)))) <= 4096


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=40))
def test_no_answer_says_what_anybody_feels(answers: list[tuple[float, bool]]):
    """Whatever was seen: it is about how expressions look, and the percentages are whole."""
    faces = [build_face(probability, sure=sure) for probability, sure in answers]
    text = format_outcome(say, outcome(*faces))

    assert not re.search(r"\byou (feel|are)\b|\bis (happy|sad)\b", text)
    assert all(1 <= int(percent) <= 99 for percent in re.findall(r"(\d+)%", text))


@pytest.mark.parametrize(
    ("faces", "emoji"),
    [
        ([build_face(0.9)], "😁"),
        ([build_face(0.1)], "😢"),
        ([build_face(0.9), build_face(0.1)], "🤔"),
        ([build_face(0.9, sure=False)], "🤔"),
    ],
)
def test_the_reaction_is_that_of_most_faces(faces: list[Face], emoji: str):
    """A tie, or nothing sure, is a thoughtful face."""
    assert pick_reaction(count_faces(faces)) == emoji


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500))
def test_bars_show_every_kind_that_was_there(happy: int, sad: int, unsure: int):
    """One sad face among many happy ones is seen, and bars stay narrow enough for a phone."""
    bar = format_bar(happy, sad, unsure)

    assert ("🟨" in bar, "🟦" in bar, "⬜" in bar) == (happy > 0, sad > 0, unsure > 0)
    assert sum(bar.count(square) for square in "🟨🟦⬜") <= 10


def test_moods_are_summed_by_day_of_the_groups_clock():
    """An hour before midnight in UTC is already the next day further east."""
    now = dt.datetime(2026, 5, 10, 12, tzinfo=dt.UTC)
    counts = [
        MoodCount(dt.datetime(2026, 5, 8, 23, tzinfo=dt.UTC), 4, 0, 0),
        MoodCount(dt.datetime(2026, 5, 10, 11, tzinfo=dt.UTC), 1, 2, 0),
    ]

    lines = format_mood(say, counts, now, 120).splitlines()

    assert "Last 24 hours: 1 happy, 2 sad, 0 hard to tell" in lines
    assert "Last 7 days: 5 happy, 2 sad, 0 hard to tell" in lines
    assert "Sat 9 May 🟨🟨🟨🟨🟨🟨🟨🟨 4" in lines
    assert "Fri 8 May ·" in lines


def test_details_never_contradict_the_answer():
    """The largest share is what was said; of a face that cannot be read there are no shares."""
    faces = (
        build_face(0.03),
        build_face(0.45, sure=False),
        dataclasses.replace(build_face(0.15, sure=False, doubt="neither"), evidence=0.1),
        dataclasses.replace(build_face(0.15, sure=False, doubt="neither"), evidence=0.9),
        build_face(0.15, sure=False, doubt="too_small"),
    )
    lines = format_details(say, Prediction(9, 9, faces)).splitlines()[1:6]

    assert [line.partition(" (face")[0] for line in lines] == [
        "1 · Happy 3%, sad 97%",
        "2 · Happy 45%, sad 55%",
        "3 · Happy 1%, sad 9%, neither 90%",
        "4 · Hard to tell — looks neither happy nor sad",
        "5 · Hard to tell — the face is too small",
    ]


def test_fewer_faces_than_the_answer_counts_are_said_to_be_fewer():
    """Details list 20 and "Why?" shows 16; where that is all, nothing is said of it."""
    many, few = (Prediction(9, 9, (build_face(),) * count) for count in (31, 16))

    assert "Shown are the first 20 of 31 faces." in format_details(say, many).splitlines()
    assert format_heat_map_caption(say, many).endswith("Shown are the first 16 of 31 faces.")
    assert "first" not in format_details(say, few)
    assert "first" not in format_heat_map_caption(say, few)


@pytest.mark.parametrize(
    ("offset", "step", "expected"),
    [(840, "+30", -570), (780, "+60", 840), (-720, "-30", 690), (-660, "-60", -720), (0, "-30", -30)],
)
def test_a_chats_clock_goes_round_as_on_earth(offset: int, step: str, expected: int):
    """From UTC-12 to UTC+14, both of which are somebody's time."""
    changed = apply_choice(ChatSettings(utc_offset=offset), "clock", step)
    assert changed == ChatSettings(utc_offset=expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("throttle", "2"),
        ("throttle", "0"),
        ("quiet", "1-2"),
        ("clock", "+61"),
        ("when", "always"),
        ("how", "song"),
        ("language", "tlh"),
        ("mood", "maybe"),
        ("secret", "on"),
    ],
)
def test_a_choice_that_no_button_offers_is_not_taken(name: str, value: str):
    """Callback data can be forged."""
    assert apply_choice(ChatSettings(), name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("throttle", "10", ChatSettings(answers_per_minute=10)),
        ("throttle", "none", ChatSettings()),
        ("quiet", "22-7", ChatSettings(quiet_from=22, quiet_until=7)),
        ("quiet", "none", ChatSettings()),
        ("when", "off", ChatSettings(when="off")),
        ("how", "reaction", ChatSettings(how="reaction")),
        ("language", "uk", ChatSettings(language="uk")),
        ("language", "none", ChatSettings()),
        ("mood", "on", ChatSettings(mood_enabled=True)),
        ("mood", "off", ChatSettings()),
    ],
)
def test_each_choice_changes_its_own_setting(name: str, value: str, changed: ChatSettings):
    """And nothing else."""
    assert apply_choice(ChatSettings(), name, value) == changed


def test_a_day_of_moods_is_the_last_twenty_four_hours():
    """An hour that began just a day ago is over; a count beyond it belongs to the week alone."""
    now = dt.datetime(2026, 5, 10, 12, tzinfo=dt.UTC)
    day = dt.timedelta(days=1)
    counts = [MoodCount(now - day, 4, 0, 0), MoodCount(now - day + dt.timedelta(hours=1), 0, 2, 1)]
    lines = format_mood(say, counts, now, 0).splitlines()
    assert "Last 24 hours: 0 happy, 2 sad, 1 hard to tell" in lines
    assert "Last 7 days: 4 happy, 2 sad, 1 hard to tell" in lines


def test_a_caption_holds_1024_units_and_a_picture_beyond_counts_two():
    """Telegram counts UTF-16; one more is refused."""
    assert is_caption("x" * 1_024)
    assert not is_caption("x" * 1_025)
    assert is_caption("😁" * 512)
    assert not is_caption("😁" * 512 + "x")


def test_a_gathered_answer_lists_twenty_photos_and_sums_up_more():
    """Beyond it nobody reads a list."""
    few, many = (format_gathered(say, [outcome(build_face())] * count) for count in (20, 21))
    assert "Photo 20" in few
    assert "Photo" not in many
