"""Classification: a worker's answer for one photo, and how it crosses to the bot: checked."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from classifier.clip_limits import CLIP_LOOKS, CLIP_SECONDS
from classifier.decoding.file_formats import Format, read_header
from classifier.decoding.header_numbers import HeaderError
from classifier.types import (
    Box,
    Clip,
    Doubt,
    Emotion,
    Face,
    Keypoints,
    Point,
    Prediction,
)

if TYPE_CHECKING:
    from classifier.worker_messages import Frame

MAXIMUM_FACES = 100
"""How many faces of one photo are classified; the largest, should there be more."""
BLOB_LIMITS = {"picture": 8_000_000, "heat_map": 8_000_000, "crop": 1_000_000}
"""The pictures that may come with an answer: the most bytes of each."""

MAXIMUM_SIDE = 1_000_000  # pixels of a photo; how large one may be is a setting
_MAXIMUM_PICTURE_SIDE = 10_000  # pixels of what is drawn
_CROP_SIZE = 256
_MAXIMUM_TEXT = 200
_MAXIMUM_SECONDS = CLIP_SECONDS + 10
_FAR_OFF = 10_000_000.0  # pixels: the points of a face may lie outside its photo, but not anywhere
_EVIDENCE_MARGIN = 1e-3  # a network's 0..1 may be off by its rounding
_EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
_DOUBTS: tuple[Doubt, ...] = get_args(Doubt)

T = TypeVar("T")


class AnswerError(Exception):
    """A worker sent something that no sound worker would send. `str()` says why, without repeating it."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What a worker hands back for one photo, or one clip.

    Attributes:
        prediction: The faces, in reading order.
        picture: The photo with numbered boxes as JPEG; None unless asked for, or without faces.
        heat_map: Where the model looked, as JPEG; None unless asked for, without faces, or if it cannot say.
        crop: The face that was asked for as the model saw it, as PNG; None unless asked for, or not there.
        model_name: Which model answered.
        model_version: Of that model.
        clip: Set if a clip was classified: then `prediction` has one face a look.
    """

    prediction: Prediction
    picture: bytes | None = None
    heat_map: bytes | None = None
    crop: bytes | None = None
    model_name: str = ""
    model_version: str = ""
    clip: Clip | None = None


def write_classification(classification: Classification) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Write an answer as the fields and blobs of a frame."""
    prediction = classification.prediction
    fields: dict[str, Any] = {
        "width": int(prediction.width),
        "height": int(prediction.height),
        "damaged": prediction.damaged,
        "faces": [_write_face(face) for face in prediction.faces],
        "model_name": classification.model_name,
        "model_version": classification.model_version,
    }
    if classification.clip is not None:
        fields["clip"] = asdict(classification.clip)
    pictures = {name: getattr(classification, name) for name in BLOB_LIMITS}
    return fields, {name: picture for name, picture in pictures.items() if picture is not None}


def read_classification(frame: Frame) -> Classification:
    """Read what `write_classification` wrote; check everything, for a worker may be in a stranger's hands.

    Raises:
        AnswerError: A field is missing, unknown, of the wrong type or out of range, or a picture is none.
    """
    names = {"width", "height", "damaged", "faces", "model_name", "model_version"}
    fields = take_object(frame.fields, names)
    width, height = (take_integer(fields[name], 1, MAXIMUM_SIDE) for name in ("width", "height"))
    faces = take_list(fields["faces"], MAXIMUM_FACES)
    for name, picture in frame.blobs.items():
        _check_picture(name, picture)
    return Classification(
        Prediction(
            width,
            height,
            tuple(_read_face(face, width, height) for face in faces),
            take_boolean(fields["damaged"]),
        ),
        picture=frame.blobs.get("picture"),
        heat_map=frame.blobs.get("heat_map"),
        crop=frame.blobs.get("crop"),
        model_name=take_text(fields["model_name"], _MAXIMUM_TEXT),
        model_version=take_text(fields["model_version"], _MAXIMUM_TEXT),
    )


def read_clip_classification(frame: Frame) -> Classification:
    """As `read_classification`, for a clip.

    Raises:
        AnswerError: As there; or the looks are not one a face, in the order of time.
    """
    fields = dict(frame.fields)
    clip = take_object(fields.pop("clip", None), {"seconds", "moments", "times"})
    seconds = take_number(clip["seconds"], 0, _MAXIMUM_SECONDS)
    times = [take_number(time, 0, seconds) for time in take_list(clip["times"], CLIP_LOOKS)]
    moments = take_integer(clip["moments"], max(2, len(times)), CLIP_LOOKS)
    classification = read_classification(type(frame)(fields, frame.blobs))
    if len(times) != len(classification.prediction.faces) or times != sorted(times):
        raise AnswerError("expected one time a face, in order")
    return replace(classification, clip=Clip(seconds, moments, tuple(times)))


def take_object(value: Any, names: set[str]) -> dict[str, Any]:
    """Take an object with exactly these names."""
    if not isinstance(value, dict) or value.keys() != names:
        raise AnswerError(f"expected an object with {', '.join(sorted(names))}")
    return value


def take_list(value: Any, longest: int, shortest: int = 0) -> list[Any]:
    """Take a list that is neither too short nor too long."""
    if not isinstance(value, list) or not shortest <= len(value) <= longest:
        raise AnswerError(f"expected a list of {shortest} to {longest}")
    return value


def take_integer(value: Any, minimum: int, maximum: int) -> int:
    """Take a whole number within bounds; a truth value is none."""
    if type(value) is not int or not minimum <= value <= maximum:
        raise AnswerError(f"expected a whole number from {minimum} to {maximum}")
    return value


def take_number(value: Any, minimum: float, maximum: float) -> float:
    """Take a finite number within bounds."""
    if type(value) not in {int, float} or not math.isfinite(value) or not minimum <= value <= maximum:
        raise AnswerError(f"expected a number from {minimum:g} to {maximum:g}")
    return float(value)


def take_boolean(value: Any) -> bool:
    """Take a truth value."""
    if not isinstance(value, bool):
        raise AnswerError("expected true or false")
    return value


def take_text(value: Any, longest: int) -> str:
    """Take a line of text without control characters: it may get into a log or a chat."""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise AnswerError(f"expected a line of at most {longest} printable characters")
    return value


def take_choice(value: Any, choices: tuple[T, ...]) -> T:
    """Take one of several words."""
    for choice in choices:
        if choice == value:
            return choice
    raise AnswerError(f"expected one of {', '.join(map(str, choices))}")


def _write_face(face: Face) -> dict[str, Any]:
    return {
        "box": [int(value) for value in face.box],
        "keypoints": [[float(point.x), float(point.y)] for point in face.keypoints],
        "detection_score": float(face.detection_score),
        "probability_happy": float(face.probability_happy),
        "evidence": float(face.evidence),
        "emotion": face.emotion,
        "confidence": float(face.confidence),
        "sure": bool(face.sure),
        "doubt": face.doubt,
    }


_FACE_FIELDS = {
    "box",
    "keypoints",
    "detection_score",
    "probability_happy",
    "evidence",
    "emotion",
    "confidence",
    "sure",
    "doubt",
}


def _read_face(value: Any, width: int, height: int) -> Face:
    """Read a face of a photo of that size."""
    fields = take_object(value, _FACE_FIELDS)
    sure = take_boolean(fields["sure"])
    doubt = None if sure and fields["doubt"] is None else take_choice(fields["doubt"], _DOUBTS)
    if sure and doubt is not None:
        raise AnswerError("a face is sure and in doubt")
    return Face(
        box=_read_box(fields["box"], width, height),
        keypoints=_read_keypoints(fields["keypoints"]),
        detection_score=take_number(fields["detection_score"], 0, 1),
        probability_happy=take_number(fields["probability_happy"], 0, 1),
        evidence=take_number(fields["evidence"], -_EVIDENCE_MARGIN, 1 + _EVIDENCE_MARGIN),
        emotion=take_choice(fields["emotion"], _EMOTIONS),
        confidence=take_number(fields["confidence"], 1 / 2, 1),
        sure=sure,
        doubt=doubt,
    )


def _read_box(value: Any, width: int, height: int) -> Box:
    """Read a box that lies within its photo."""
    x, y, across, down = take_list(value, 4, 4)
    left, top = take_integer(x, 0, width - 1), take_integer(y, 0, height - 1)
    return Box(left, top, take_integer(across, 1, width - left), take_integer(down, 1, height - top))


def _read_keypoints(value: Any) -> Keypoints:
    count = len(Keypoints._fields)
    points = [take_list(point, 2, 2) for point in take_list(value, count, count)]
    return Keypoints(
        *(Point(*(take_number(number, -_FAR_OFF, _FAR_OFF) for number in point)) for point in points)
    )


def _check_picture(name: str, picture: bytes) -> None:
    """Check that a blob is what it must be: a JPEG for the chat, or the PNG of a crop."""
    kind: Format = "PNG" if name == "crop" else "JPEG"
    start = b"\x89PNG\r\n\x1a\n" if name == "crop" else b"\xff\xd8\xff"
    if not picture.startswith(start):
        raise AnswerError(f"{name} is not a {kind}")
    try:
        header = read_header(picture, kind)
    except HeaderError:
        raise AnswerError(f"{name} is not a whole {kind}") from None
    size = (header.width, header.height)
    fits = size == (_CROP_SIZE, _CROP_SIZE) if name == "crop" else max(size) <= _MAXIMUM_PICTURE_SIDE
    if header.ends_early or header.has_alpha or header.scans != 1 or not fits:
        raise AnswerError(f"{name} is not a {kind} as workers write it")
