"""Kinds of flaws that careful readers found in the catalogues, each language's own: they stay away."""
# ruff: noqa: RUF001 - the texts of other languages are what this is about

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.serializer import FluentSerializer

from bot.config.settings import LANGUAGES
from bot.messages.catalogue import LOCALES_DIR, Catalogue

EVENING = dt.datetime(2026, 8, 12, 22, tzinfo=dt.UTC)
RIGHT_TO_LEFT = {"R", "AL"}
DIRECTED = {"L", "EN", "AN", "FSI", *RIGHT_TO_LEFT}
# What placeholders that are no counts stand for.
TEXTS: dict[str, str | dt.date] = {
    "start": EVENING,
    "end": EVENING,
    "date": EVENING.date(),
    "bar": "🟨 1",
    "bot": "@bot",
    "name": "model",
    "version": "1.0.0",
    "format": "TIFF",
    "offset": "UTC+02:00",
    **dict.fromkeys(("value", "time", "label", "learning", "face", "info", "language"), "A"),
}


def read_sources(language: str) -> dict[str, str]:
    """Read each message as it stands in the file."""
    resource = FluentParser().parse((LOCALES_DIR / f"{language}.ftl").read_text(encoding="utf-8"))
    messages = [entry for entry in resource.body if isinstance(entry, ftl.Message)]
    return {message.id.name: FluentSerializer().serialize_entry(message) for message in messages}


def format_all(language: str, number: int) -> dict[str, str]:
    """Format each message, with the same number for all counts."""
    say = Catalogue("en").texts(language)
    return {
        name: say(name, **{key: TEXTS.get(key, number) for key in re.findall(r"\$(\w+)", source)})
        for name, source in read_sources(language).items()
    }


def test_french_spaces_and_apostrophes():
    """Before : ; ! ? % and inside « » French has spaces at which no line breaks; apostrophes are curly."""
    for name, text in format_all("fr", 3).items():
        assert not re.search(r" [:;!?%»]|« |\w'\w", text), name
        assert not re.search(r"\w[;!?](\s|$)|\w:\s|«\w|\w»", text), name


@pytest.mark.parametrize("number", [1, 2, 3, 11, 100])
def test_arabic_lines_begin_from_the_right(number: int):
    """A line that begins with a number or a command would be laid out from the left without a mark."""
    # "+30" is read from the left, and a time of so many days stands within a sentence.
    others = {"clock-later", "clock-earlier", "consent-time"}
    for name, text in format_all("ar", number).items():
        for line in text.splitlines():
            kinds = (unicodedata.bidirectional(character) for character in line)
            first = next((kind for kind in kinds if kind in DIRECTED), "R")
            assert name in others or first in RIGHT_TO_LEFT, f"{name}: {line}"


def test_arabic_percents_stay_whole():
    """Sign and digits stand in one isolate, between marks: neither can jump to the other side."""
    text = Catalogue("en").texts("ar")("face-happy", share=0.97)

    assert text.endswith("\u200e\u206897%\u2069\u200e")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_writes_a_percent_sign_itself(language: str):
    """Where the sign stands, and which space is before it, is not for each sentence to know."""
    assert not [
        name for name, source in read_sources(language).items() if re.search("[%\u066a\uff05]", source)
    ]


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "97%"), ("de", "97\u00a0%"), ("fr", "97\u00a0%"), ("ru", "97\u00a0%"), ("tr", "%97")],
)
def test_percents_are_written_as_the_language_does(language: str, text: str):
    """By the Unicode consortium's locale data."""
    assert text in Catalogue("en").texts(language)("face-happy", share=0.97)


@pytest.mark.parametrize("language", LANGUAGES)
def test_telegram_links_every_command(language: str):
    """A command is linked where no letter touches it."""
    for name, source in read_sources(language).items():
        assert not re.search(r"\w/[a-z]", source), name
        assert not re.search(r"/[a-z_]+[^\W_a-z]", source), name


@pytest.mark.parametrize(
    ("language", "kept", "quiet"),
    [
        ("en", "12 August 2026", "22:00–22:00"),
        ("de", "12. August 2026", "22:00–22:00"),
        ("ru", "12 августа 2026\u202fг. Спасибо", "22:00–22:00"),
        ("id", "12 Agustus 2026", "22.00–22.00"),
        ("zh-Hans", "2026年8月12日", "22:00–22:00"),
    ],
)
def test_dates_and_times_are_those_of_the_language(language: str, kept: str, quiet: str):
    """Nobody writes 2026-08-12 to a friend."""
    say = Catalogue("en").texts(language)

    assert kept in say("correction-kept", date=EVENING.date())
    assert say("quiet-hours", start=EVENING, end=EVENING) == quiet


@pytest.mark.parametrize(
    ("language", "day", "later"),
    [
        ("en", "Wed 12 Aug 🟨 1", "+30\u00a0min"),
        ("es", "mié, 12 ago 🟨 1", "+30\u00a0min"),
        ("uk", "ср, 12 серп. 🟨 1", "+30\u00a0хв"),
        ("zh-Hans", "8月12日周三 🟨 1", "+30 分钟"),
    ],
)
def test_days_and_minutes_are_those_of_the_language(language: str, day: str, later: str):
    """Also in charts and on buttons."""
    say = Catalogue("en").texts(language)

    assert say("mood-bar", date=EVENING.date(), bar="🟨 1") == day
    assert say("clock-later", minutes=30) == later


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "stores no photos"),
        ("es", "no guarda fotos"),
        ("pt-BR", "não guarda fotos"),
        ("fr", "ne conserve aucune photo"),
        ("de", "speichert keine Fotos"),
        ("ru", "не хранит фото"),
        ("uk", "не зберігає фото"),
        ("tr", "fotoğraf saklamaz"),
        ("ar", "لا يحفظ الصور"),
        ("hi", "तस्वीरें नहीं सहेजता"),
        ("id", "tidak menyimpan foto"),
        ("zh-Hans", "不保存照片"),
    ],
)
def test_the_bots_page_says_that_no_photos_are_stored(language: str, words: str):
    """In the one sentence that everybody sees before they start."""
    assert words in Catalogue("en").texts(language)("bot-short-description")


@pytest.mark.parametrize("language", ["es", "fr", "pt-BR"])
def test_counts_need_not_agree_with_their_adjectives(language: str):
    """What has one happy face is not "1 alegres"; "alegres: 1" is right for any number."""
    texts = format_all(language, 1)

    for name in ("faces-summary", "mood-day", "mood-week"):
        assert len(re.findall(r"\w+\u00a0?: 1", texts[name])) == 3, name
