"""What the buttons carry: it survives being written and read, and fits into what Telegram takes."""

from __future__ import annotations

import hashlib

import pytest
from bot_fakes import build_face

from bot.config.settings import LANGUAGES
from bot.feedback.corrections import CONSENT_VERSION
from bot.messages.callback_data import (
    LABELS,
    FaceAnswer,
    FaceChoice,
    Ticket,
    build_ticket,
    choose_face,
    find_band,
)
from bot.messages.catalogue import Catalogue
from bot.messages.feedback_keyboards import build_face_page, build_label_page, build_verdict_row
from bot.messages.outcome import Outcome
from classifier.types import CONFIDENCE_BANDS, Prediction

CONSENT_WORDINGS = {"1": "6217994e0a1a9d28", "2": "a12060a10c93d584", "3": "affe37d70ae21f93"}
LONG_MODEL = "a-model-with-a-name-that-is-far-too-long-for-any-button"


def build_outcome(faces: int) -> Outcome:
    prediction = Prediction(2, 2, tuple(build_face(0.9) for _ in range(faces)))
    return Outcome(prediction, model_name=LONG_MODEL, model_version="1.0.0")


def test_each_answer_and_band_has_a_letter_of_its_own():
    """And the letter says which."""
    every = [FaceAnswer(answer, band) for answer in ("happy", "sad", "unsure") for band in CONFIDENCE_BANDS]

    assert [FaceAnswer.from_letter(said.letter) for said in every] == every
    assert len({said.letter for said in every}) == 21


def test_buttons_fit_into_what_telegram_takes():
    """64 bytes, also with as many faces as are ever listed and a very long name of a model."""
    ticket = build_ticket(build_outcome(20))
    say = Catalogue("en").texts("en")
    _, faces = build_face_page(say, ticket, "wrong")
    _, looks = build_label_page(say, choose_face(ticket, "right", 20))
    rows = [build_verdict_row(say, ticket), *faces.inline_keyboard, *looks.inline_keyboard]
    data = [button.callback_data for row in rows for button in row]

    assert len(data) == 2 + 20 + len(LABELS)
    assert max(len(text.encode()) for text in data) <= 64


@pytest.mark.parametrize("faces", [0, 21])
def test_where_no_single_face_is_listed_nothing_is_asked(faces: int):
    """Without a face, or with more than are listed, there is no telling which was meant."""
    assert build_ticket(build_outcome(faces)) is None
    assert build_ticket(Outcome()) is None


def test_what_is_written_can_be_read():
    """A model's name may hold a colon."""
    ticket = Ticket((FaceAnswer("happy", 95), FaceAnswer("unsure", 50)), "a:model 1.0")
    choice = choose_face(ticket, "wrong", 2)

    assert Ticket.read(ticket.write()) == ticket
    assert FaceChoice.read(choice.write()) == choice
    assert choice.said == FaceAnswer("unsure", 50)


@pytest.mark.parametrize("text", ["", "A", "Z:model", ":model", "AAAAAAAAAAAAAAAAAAAAA:model", "a:model"])
def test_what_no_bot_wrote_is_no_ticket(text: str):
    """Callback data can be forged."""
    assert Ticket.read(text) is None
    assert FaceChoice.read(text) is None


@pytest.mark.parametrize(
    ("confidence", "band"),
    [(0.5, 50), (0.599, 50), (0.6, 60), (0.95, 95), (0.989, 95), (0.99, 99), (1.0, 99)],
)
def test_confidence_falls_into_a_band(confidence: float, band: int):
    """By its lower edge."""
    assert find_band(confidence) == band


def test_the_wording_that_is_agreed_to_has_a_version():
    """Whoever changes the question in any language gives it a new CONSENT_VERSION, and its sum here."""
    wording = hashlib.sha256()
    for language in LANGUAGES:
        say = Catalogue("en").texts(language)
        wording.update(
            say("consent-question", time=say("consent-time", days=365), number=1, label="-").encode()
        )

    assert wording.hexdigest()[:16] == CONSENT_WORDINGS[CONSENT_VERSION]
