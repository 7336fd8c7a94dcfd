"""Output of the command line for a photo or a clip: a line of text, a JSON object, rows of a table."""

from __future__ import annotations

import codecs
import csv
import json
from typing import TYPE_CHECKING, Any, TextIO

from classifier.types import find_answer, find_clip_verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.types import ClassifierError, Clip, Doubt, Face, Prediction

COLUMNS = (
    "photo", "width", "height", "damaged", "face", "box_x", "box_y", "box_width", "box_height", "emotion",
    "probability_happy", "confidence", "sure", "doubt", "error",
)  # fmt: skip
PLAIN_LETTERS = "plain-letters"
"""How text is encoded for a terminal that lacks our signs: see `write_plain_letters`."""

_PLAIN = {"·": ":", "—": "-"}
_DOUBTS: dict[Doubt, str] = {
    "too_small": "the face is too small",
    "too_close": "between happy and sad",
    "neither": "looks neither happy nor sad",
    "turned_away": "the face is turned away",
    "covered": "the mouth is covered",
    "unclear": "the face can't be seen clearly",
}


def write_plain_letters(error: UnicodeError) -> tuple[str | bytes, int]:
    """Put plain signs for those that a Latin-1 or ASCII terminal lacks, and escapes for letters of names.

    Raises:
        UnicodeError: It was not about encoding.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    signs = (_PLAIN.get(sign) or sign.encode("ascii", "backslashreplace").decode() for sign in text)
    return "".join(signs), error.end


codecs.register_error(PLAIN_LETTERS, write_plain_letters)


def format_json(
    photo: str, prediction: Prediction | None, error: ClassifierError | None, clip: Clip | None = None
) -> str:
    """Give one JSON object on one line; of a clip the faces are one a look, in the order of time."""
    line: dict[str, Any] = {
        "photo": photo,
        "width": prediction.width if prediction else None,
        "height": prediction.height if prediction else None,
        "faces": [_describe_face(face) for face in prediction.faces] if prediction else [],
        "error": {"kind": error.kind, "message": str(error)} if error else None,
    }
    if clip is not None and prediction is not None:
        verdict = find_clip_verdict(prediction.faces) if prediction.faces else None
        times = [round(seconds, 3) for seconds in clip.times]
        line["clip"] = {
            "seconds": round(clip.seconds, 3),
            "moments": clip.moments,
            "verdict": verdict,
            "times": times,
        }
    return json.dumps(line)


def _describe_face(face: Face) -> dict[str, Any]:
    return {
        "box": list(face.box),
        "probability_happy": round(face.probability_happy, 4),
        "emotion": face.emotion,
        "confidence": round(face.confidence, 4),
        "sure": face.sure,
        "doubt": face.doubt,
    }


def format_text(
    photo: str, prediction: Prediction | None, error: ClassifierError | None, clip: Clip | None = None
) -> str:
    """Give one line to read."""
    photo = photo.encode(errors="backslashreplace").decode()  # a name need not be text
    if prediction is None:
        return f"{photo}: {error}"
    if clip is not None:
        return f"{photo}: {_sum_up(prediction.faces)} (looked at {clip.moments} moments)"
    damaged = " (the file is damaged: only part of it was seen)" if prediction.damaged else ""
    if not prediction.faces:
        return f"{photo}: no face found{damaged}"
    faces = (f"{number} · {_say(face)}" for number, face in enumerate(prediction.faces, start=1))
    return f"{photo}: {'; '.join(faces)}{damaged}"


def _sum_up(faces: Sequence[Face]) -> str:
    """Say what was seen over time."""
    if not faces:
        return "no face found"
    answers = [find_answer(face) for face in faces]
    verdict = find_clip_verdict(faces)
    if verdict == "mixed":
        counts = (f"{answers.count(answer)} {answer}" for answer in ("happy", "sad", "unsure"))
        return f"mixed — {', '.join(counts)} of {len(faces)} looks"
    word = "hard to tell" if verdict == "unsure" else verdict
    return f"mostly {word} — {answers.count(verdict)} of {len(faces)} looks"


def _say(face: Face) -> str:
    """Format an answer in the words of the bot, which never claims certainty."""
    if face.doubt is not None:
        return f"hard to tell — {_DOUBTS[face.doubt]}"
    percent = min(99, round(100 * face.confidence))
    return f"looks {face.emotion} — {percent}% sure"


class TableWriter:
    """Writes the rows of a CSV file: one a face, and one for a photo without faces.

    Args:
        file: Opened with `newline=""`. Each photo is in it before the next one is looked at.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._writer = csv.DictWriter(file, COLUMNS)
        self._writer.writeheader()

    def write(self, photo: str, prediction: Prediction | None, error: ClassifierError | None) -> None:
        """Add the rows of one photo."""
        row: dict[str, Any] = {"photo": photo, "error": error.kind if error else ""}
        if prediction is not None:
            row |= {"width": prediction.width, "height": prediction.height}
            row |= {"damaged": _say_whether(holds=prediction.damaged)}
        faces = prediction.faces if prediction else ()
        rows = [row | _tabulate_face(number, face) for number, face in enumerate(faces, start=1)]
        self._writer.writerows(rows or [row])
        self._file.flush()


def _tabulate_face(number: int, face: Face) -> dict[str, Any]:
    """Give the cells of one face."""
    x, y, width, height = face.box
    box = {"box_x": x, "box_y": y, "box_width": width, "box_height": height}
    described = _describe_face(face) | {"sure": _say_whether(holds=face.sure)}
    del described["box"]
    return {"face": number} | box | described


def _say_whether(*, holds: bool) -> str:
    return "yes" if holds else "no"
