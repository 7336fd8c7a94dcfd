"""Prediction → words. Pure functions: they take what was seen and a language, and give text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.messages.catalogue import Texts
    from bot.messages.problems import Problem
    from classifier.types import Face, Prediction

MAX_LISTED_FACES = 20
_HAPPY, _SAD, _UNSURE = "😁", "😢", "🤔"
_DOUBTS = {"too_small": "face-too-small", "too_close": "face-too-close", "neither": "face-neither"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: seen, or a problem. Exactly one of both is set.

    Attributes:
        prediction: What was seen.
        problem: Why nothing was.
        picture: The numbered picture as JPEG; None when there is no face or it was not wanted.
        heat_map: Where the model looked, as JPEG; None unless it was asked for.
        is_cover: Whether a video's cover picture was judged.
        crop: The face that was asked for, as PNG.
        model_name: Which model judged.
        model_version: Of that model.
    """

    prediction: Prediction | None = None
    problem: Problem | None = None
    picture: bytes | None = None
    heat_map: bytes | None = None
    is_cover: bool = False
    crop: bytes | None = None
    model_name: str = ""
    model_version: str = ""


def format_outcome(say: Texts, outcome: Outcome) -> str:
    """Format the whole answer to one photo."""
    if outcome.prediction is None:
        return format_problem(say, outcome.problem)
    lines = [format_faces(say, outcome.prediction.faces)]
    if outcome.is_cover:
        lines.append(say("note-cover"))
    if outcome.prediction.damaged:
        lines.append(say("note-damaged"))
    return "\n".join(lines)


def format_problem(say: Texts, problem: Problem | None) -> str:
    """Format why there is no answer, and what to do next."""
    return say(problem.message, **problem.arguments) if problem else say("problem-internal")


def format_faces(say: Texts, faces: Sequence[Face]) -> str:
    """Format one line a face, or a summary when there are too many to list."""
    if not faces:
        return say("no-face")
    if len(faces) > MAX_LISTED_FACES:
        return format_summary(say, faces)
    return "\n".join(format_face(say, number, face) for number, face in enumerate(faces, start=1))


def format_face(say: Texts, number: int, face: Face) -> str:
    """Format one face's line, such as "1 · looks happy — 97% sure"."""
    if not face.sure:
        return say(_DOUBTS.get(face.doubt or "too_close", "face-too-close"), number=number)
    message = "face-happy" if face.emotion == "happy" else "face-sad"
    return say(message, number=number, percent=format_percent(face.confidence))


def format_percent(probability: float) -> int:
    """Round to whole percent, but never to certainty."""
    return min(99, max(1, round(probability * 100)))


def format_summary(say: Texts, faces: Sequence[Face]) -> str:
    """Format counts, such as "31 faces: 24 happy, 4 sad, 3 hard to tell"."""
    happy, sad, unsure = count_faces(faces)
    return say("faces-summary", faces=len(faces), happy=happy, sad=sad, unsure=unsure)


def format_album(say: Texts, outcomes: Sequence[Outcome]) -> str:
    """Format one answer to several photos, in their order.

    Telegram has no buttons below albums, so the way to "Why?" is told in words.
    """
    faces = sum(len(outcome.prediction.faces) for outcome in outcomes if outcome.prediction)
    parts = []
    for number, outcome in enumerate(outcomes, start=1):
        seen = outcome.prediction.faces if outcome.prediction else ()
        crowded = faces > MAX_LISTED_FACES and seen
        text = format_summary(say, seen) if crowded else format_outcome(say, outcome)
        parts.append(f"{say('album-photo', number=number)}\n{text}")
    if faces:
        parts.append(say("album-why"))
    return "\n\n".join(parts)


def format_gathered(say: Texts, outcomes: Sequence[Outcome]) -> str:
    """Format one answer to the photos of a busy minute, which may be many."""
    title = say("gathered-title", photos=len(outcomes))
    if len(outcomes) <= MAX_LISTED_FACES:
        return f"{title}\n\n{format_album(say, outcomes)}"
    faces = [face for outcome in outcomes if outcome.prediction for face in outcome.prediction.faces]
    return f"{title}\n\n{format_summary(say, faces)}"


def format_details(say: Texts, prediction: Prediction) -> str:
    """Format the probabilities of each face."""
    lines = []
    for number, face in enumerate(prediction.faces[:MAX_LISTED_FACES], start=1):
        happy = format_percent(face.probability_happy)
        size = min(face.box.width, face.box.height)
        lines.append(say("details-face", number=number, happy=happy, sad=100 - happy, pixels=size))
    return "\n".join([say("details-title"), *lines, say("details-note")])


def count_faces(faces: Sequence[Face]) -> tuple[int, int, int]:
    """Count the faces that look happy, that look sad, and that are hard to tell."""
    counts = Counter(face.emotion if face.sure else None for face in faces)
    return counts["happy"], counts["sad"], counts[None]


def pick_reaction(faces: Sequence[Face]) -> str:
    """Pick the reaction that says what most faces look like."""
    happy, sad, _ = count_faces(faces)
    if happy == sad:
        return _UNSURE
    return _HAPPY if happy > sad else _SAD
