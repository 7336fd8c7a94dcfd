"""Prediction → words. Pure functions: they take what was seen and a language, and give text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from classifier.types import SHOWN_HEAT_MAPS, find_clip_verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.messages.catalogue import Texts
    from bot.messages.outcome import Outcome
    from bot.messages.problems import Problem
    from classifier.types import Clip, ClipVerdict, Face, Prediction

    Counts = tuple[int, int, int]  # that look happy, that look sad, and that are hard to tell

MAX_LISTED_FACES = 20
_HAPPY, _SAD, _UNSURE = "😁", "😢", "🤔"
# What is said of a face for each reason of doubt.
DOUBTS = {
    "too_small": "face-too-small",
    "too_close": "face-too-close",
    "neither": "face-neither",
    "turned_away": "face-turned-away",
    "covered": "face-covered",
    "unclear": "face-unclear",
}
# What is said of a clip.
VERDICTS: dict[ClipVerdict, str] = {"happy": "clip-happy", "sad": "clip-sad", "unsure": "clip-unsure"}
# What to try, where another photo of the same face would be easier.
ADVICE = {
    "too_small": "advice-too-small",
    "turned_away": "advice-turned-away",
    "covered": "advice-covered",
    "unclear": "advice-unclear",
}


def format_outcome(say: Texts, outcome: Outcome) -> str:
    """Format the whole answer to one photo."""
    if outcome.prediction is None:
        return format_problem(say, outcome.problem)
    seen = _format_seen(say, outcome, outcome.prediction)
    advice = None if outcome.clip else find_advice(outcome.prediction.faces)
    return f"{seen}\n{say(advice)}" if advice else seen


def _format_seen(say: Texts, outcome: Outcome, prediction: Prediction) -> str:
    if outcome.clip is not None:
        return format_clip(say, outcome.clip, prediction.faces)
    lines = [format_faces(say, prediction.faces)]
    if outcome.is_cover:
        lines.append(say("note-cover"))
    if prediction.damaged:
        lines.append(say("note-damaged"))
    return "\n".join(lines)


def format_clip(say: Texts, clip: Clip, faces: Sequence[Face]) -> str:
    """Format what was seen over time, such as "Mostly happy — 12 of 14 looks", and what was looked at."""
    if not faces:
        return say("clip-no-face", moments=clip.moments)
    happy, sad, unsure = count_faces(faces)
    verdict = find_clip_verdict(faces)
    if verdict == "mixed":
        seen = say("clip-mixed", looks=len(faces), happy=happy, sad=sad, unsure=unsure)
    else:
        seen = say(VERDICTS[verdict], seen=max(happy, sad, unsure), looks=len(faces))
    return f"{seen}\n{say('note-clip', moments=clip.moments)}"


def format_problem(say: Texts, problem: Problem | None) -> str:
    """Format why there is no answer, and what to do next."""
    return say(problem.message, **problem.arguments) if problem else say("problem-internal")


def format_faces(say: Texts, faces: Sequence[Face]) -> str:
    """Format one line a face, or a summary when there are too many to list."""
    if not faces:
        return say("no-face")
    if len(faces) > MAX_LISTED_FACES:
        return format_summary(say, count_faces(faces))
    return _number_lines(say, [format_face(say, face) for face in faces])


def format_face(say: Texts, face: Face) -> str:
    """Format what is said of one face, such as "Looks happy — 97% sure"."""
    if not face.sure:
        return say(DOUBTS.get(face.doubt or "too_close", "face-too-close"))
    message = "face-happy" if face.emotion == "happy" else "face-sad"
    return say(message, share=round_share(face.confidence))


def _number_lines(say: Texts, lines: Sequence[str]) -> str:
    """Number the faces as in the picture; an only one needs no number."""
    if len(lines) == 1:
        return lines[0]
    return "\n".join(
        say("face-numbered", number=number, face=line) for number, line in enumerate(lines, start=1)
    )


def find_advice(faces: Sequence[Face]) -> str | None:
    """Find the message that helps with the most common doubt; None where no other photo would help.

    It is None, too, where it would help less than half of the faces that are hard to tell: below a photo of
    a crowd nobody would know whom it is about.
    """
    doubts = [face.doubt for face in faces if face.doubt is not None]
    helped = Counter(doubt for doubt in doubts if doubt in ADVICE).most_common(1)
    if not helped:
        return None
    ((doubt, count),) = helped
    return ADVICE[doubt] if 2 * count >= len(doubts) else None


def round_share(probability: float) -> float:
    """Round to whole percent, but never to certainty."""
    return min(99, max(1, round(probability * 100))) / 100


def format_summary(say: Texts, counts: Counts) -> str:
    """Format counts, such as "31 faces: 24 happy, 4 sad, 3 hard to tell"."""
    happy, sad, unsure = counts
    return say("faces-summary", faces=sum(counts), happy=happy, sad=sad, unsure=unsure)


def format_album(say: Texts, outcomes: Sequence[Outcome]) -> str:
    """Format one answer to several photos, in their order.

    Telegram has no buttons below albums, so the way to "Why?" is told in words.
    """
    faces = sum(count_outcomes(outcomes))
    parts = []
    for number, outcome in enumerate(outcomes, start=1):
        seen = outcome.prediction.faces if outcome.prediction else ()
        crowded = faces > MAX_LISTED_FACES and seen and not outcome.clip
        if outcome.prediction is None:
            text = format_problem(say, outcome.problem)
        elif crowded:
            text = format_summary(say, count_faces(seen))
        else:
            text = _format_seen(say, outcome, outcome.prediction)
        parts.append(f"{say('album-photo', number=number)}\n{text}")
    photos = [outcome.prediction for outcome in outcomes if outcome.prediction and not outcome.clip]
    advice = find_advice([face for photo in photos for face in photo.faces])
    if advice:
        parts.append(say(advice))
    if faces:
        parts.append(say("album-why"))
    return "\n\n".join(parts)


def format_gathered(say: Texts, outcomes: Sequence[Outcome]) -> str:
    """Format one answer to the photos of a busy minute, which may be many."""
    title = say("gathered-title", photos=len(outcomes))
    if len(outcomes) <= MAX_LISTED_FACES:
        return f"{title}\n\n{format_album(say, outcomes)}"
    return f"{title}\n\n{format_summary(say, count_outcomes(outcomes))}"


def format_details(say: Texts, prediction: Prediction) -> str:
    """Format what the answer to each face was made of."""
    lines = [_format_face_details(say, face) for face in prediction.faces[:MAX_LISTED_FACES]]
    fewer = _format_fewer_faces(say, prediction, MAX_LISTED_FACES)
    return "\n".join([say("details-title"), _number_lines(say, lines), *fewer, say("details-note")])


def format_heat_map_caption(say: Texts, prediction: Prediction) -> str:
    """Format what the colors of the heat map mean."""
    return "\n".join([say("why-caption"), *_format_fewer_faces(say, prediction, SHOWN_HEAT_MAPS)])


def _format_face_details(say: Texts, face: Face) -> str:
    """Format the shares that led to what was said of a face, so that the largest is what was said."""
    pixels = min(face.box.width, face.box.height)
    if face.sure or face.doubt == "too_close":
        # As in the answer; how much spoke for neither was too little to hold it back.
        said = round_share(face.confidence)
        other = round(1 - said, 2)
        happy, sad = (said, other) if face.emotion == "happy" else (other, said)
        return say("details-face", happy=happy, sad=sad, pixels=pixels)
    neither = 1 - face.evidence
    happy = round(face.evidence * face.probability_happy, 2)
    sad = round(face.evidence * (1 - face.probability_happy), 2)
    if face.doubt == "neither" and neither > max(happy, sad):
        return say("details-neither", happy=happy, sad=sad, neither=round(1 - happy - sad, 2), pixels=pixels)
    # Of a face that cannot be read the numbers say nothing.
    return say("details-unreadable", answer=format_face(say, face), pixels=pixels)


def _format_fewer_faces(say: Texts, prediction: Prediction, shown: int) -> list[str]:
    """Say it when not all faces of the answer are shown."""
    faces = len(prediction.faces)
    return [say("fewer-faces", shown=shown, faces=faces)] if faces > shown else []


def count_outcomes(outcomes: Sequence[Outcome]) -> Counts:
    """As `count_faces`, of all that was seen; a clip counts as one face."""
    counts = [_count_outcome(outcome) for outcome in outcomes]
    happy, sad, unsure = (sum(each[place] for each in counts) for place in range(3))
    return happy, sad, unsure


def _count_outcome(outcome: Outcome) -> Counts:
    faces = outcome.prediction.faces if outcome.prediction else ()
    if outcome.clip is None or not faces:
        return count_faces(faces)
    verdict = find_clip_verdict(faces)
    return int(verdict == "happy"), int(verdict == "sad"), int(verdict not in {"happy", "sad"})


def count_faces(faces: Sequence[Face]) -> Counts:
    """Count the faces that look happy, that look sad, and that are hard to tell."""
    counts = Counter(face.emotion if face.sure else None for face in faces)
    return counts["happy"], counts["sad"], counts[None]


def pick_reaction(counts: Counts) -> str:
    """Pick the reaction that says what most faces look like."""
    happy, sad, _ = counts
    if happy == sad:
        return _UNSURE
    return _HAPPY if happy > sad else _SAD
