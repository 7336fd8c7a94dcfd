"""The values and errors that the classifier hands out. A leaf: imports the standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Emotion = Literal["happy", "sad"]
Doubt = Literal["too_small", "turned_away", "unclear", "covered", "neither", "too_close"]
"""Why an answer is not sure: the face is too small, turned to the side, not clear enough to see eyes and
mouth, or covered; or the expression is neither happy nor sad, or as much one as the other."""
KeptAnswer = Literal["happy", "sad", "unsure"]
"""What was said of a face; unsure is "hard to tell"."""
CONFIDENCE_BANDS = (50, 60, 70, 80, 90, 95, 99)
"""Lower edges, in percent, of the bands by which verdicts on answers are counted."""
KeptLabel = Literal["happy", "sad", "neither"]
"""What a person says that an expression is."""
SHOWN_HEAT_MAPS = 16
"""How many faces of a photo, the first ones, have a heat map."""


class Point(NamedTuple):
    """A position in pixels of the upright photo; x to the right, y down."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangle in whole pixels of the upright photo; (x, y) is its top left corner."""

    x: int
    y: int
    width: int
    height: int


class Keypoints(NamedTuple):
    """Six points of a face. Left and right are the viewer's: upright, `left_eye` has the smaller x."""

    left_eye: Point
    right_eye: Point
    nose: Point
    mouth: Point
    left_ear: Point
    right_ear: Point


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """What is refused before anything is decoded.

    Attributes:
        maximum_bytes: Of the file.
        maximum_pixels: Width times height.
        maximum_side: Of the longer side, in pixels.
        maximum_scans: Passes of a progressive JPEG; cameras write about 10, each costs a whole decoding.
    """

    maximum_bytes: int = 20_000_000
    maximum_pixels: int = 40_000_000
    maximum_side: int = 12_000
    maximum_scans: int = 100


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """A face that was found, not yet classified. `score` is the detector's, in 0..1."""

    box: Box
    keypoints: Keypoints
    score: float


@dataclass(frozen=True, slots=True)
class Face:
    """A face with its answer.

    Attributes:
        box: Where it is, in pixels of the upright photo.
        keypoints: Eyes, nose, mouth, ears.
        detection_score: How sure the detector is that this is a face, in 0..1.
        probability_happy: Calibrated probability of happy against sad, in 0..1.
        evidence: How much the expression is happy-or-sad at all, in 0..1 (1.0 from a model that cannot say).
        emotion: The likelier of the two.
        confidence: The probability of `emotion`, in 0.5..1.
        sure: Whether the answer should be said; otherwise it is "hard to tell".
        doubt: Why it is not sure; None when it is.
    """

    box: Box
    keypoints: Keypoints
    detection_score: float
    probability_happy: float
    evidence: float
    emotion: Emotion
    confidence: float
    sure: bool
    doubt: Doubt | None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was seen in one photo.

    Attributes:
        width: Of the upright photo, in pixels.
        height: Of the upright photo, in pixels.
        faces: In reading order: by rows, left to right in each.
        damaged: The file ends early or is broken; what could be decoded was classified.
    """

    width: int
    height: int
    faces: tuple[Face, ...]
    damaged: bool = False


ClipVerdict = Literal["happy", "sad", "unsure", "mixed"]
"""What more than half of a clip's looks say; mixed where no answer has more than half."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What makes the faces of a `Prediction` the looks at a clip: one face a look, in the order of time.

    Attributes:
        seconds: How long the clip is.
        moments: How many were looked at; fewer have a face.
        times: When each face was seen, in seconds from the beginning.
    """

    seconds: float
    moments: int
    times: tuple[float, ...]


def find_answer(face: Face) -> KeptAnswer:
    """Name what was said of a face: "unsure" where it was hard to tell."""
    return face.emotion if face.sure else "unsure"


def find_clip_verdict(faces: Sequence[Face]) -> ClipVerdict:
    """Sum up the looks at a clip that have a face, of which there is at least one."""
    answers = [find_answer(face) for face in faces]
    likeliest = max(answers, key=answers.count)
    return likeliest if 2 * answers.count(likeliest) > len(answers) else "mixed"


class ClassifierError(Exception):
    """Anything the classifier refuses or fails at. `str()` is a sentence that says what to do.

    Attributes:
        kind: A stable word for programs, such as "too_many_bytes".
    """

    kind = "classifier_error"


class ImageError(ClassifierError):
    """The bytes cannot be classified; the person who sent them can do something about it."""

    kind = "image_error"


class EmptyImageError(ImageError):
    """There are no bytes."""

    kind = "empty"


class TooManyBytesError(ImageError):
    """The file is larger than the limit."""

    kind = "too_many_bytes"


class TooManyPixelsError(ImageError):
    """The picture has too many pixels, or a side that is too long."""

    kind = "too_many_pixels"


class TooComplexError(ImageError):
    """The file is built so that decoding takes far longer than its size warrants."""

    kind = "too_complex"


class TooLongError(ImageError):
    """The clip takes longer than clips may."""

    kind = "too_long"


class NotAnImageError(ImageError):
    """The content is not a picture of any known format."""

    kind = "not_an_image"


class UnsupportedFormatError(ImageError):
    """A picture of a known format that is not decoded here, such as HEIC.

    Attributes:
        format_name: The format as people know it, such as "HEIC".
    """

    kind = "unsupported_format"

    def __init__(self, message: str, format_name: str) -> None:
        super().__init__(message)
        self.format_name = format_name

    def __reduce__(self) -> tuple[type[UnsupportedFormatError], tuple[str, str]]:
        """Let the error cross from a worker process with both its arguments."""
        return type(self), (str(self), self.format_name)


class DamagedImageError(ImageError):
    """A picture of a supported format that cannot be decoded."""

    kind = "damaged"


class ModelError(ClassifierError):
    """The model folder is missing, incomplete or not understood; the host can do something about it."""

    kind = "model_error"


class WorkerError(ClassifierError):
    """The photo was not classified because of the worker, not for a reason found in the photo."""

    kind = "worker_error"


class DeadlineExceededError(WorkerError):
    """Classifying the photo took longer than allowed; the worker was stopped."""

    kind = "deadline_exceeded"


class WorkerUnavailableError(WorkerError):
    """No worker is there to classify the photo: none could be started, or the classifier is being closed."""

    kind = "worker_unavailable"


class WorkerLostError(WorkerError):
    """The worker process died while it classified the photo."""

    kind = "worker_lost"


class BusyError(WorkerError):
    """Too many photos are waiting already."""

    kind = "busy"


_SAME_ROW = 0.6
"""Of a face's height: a face whose middle is no further below a row's is of that row."""


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Return the places of boxes as people read them: by rows, left to right in each."""
    middles = [(box.y + box.height / 2, box.x + box.width / 2) for box in boxes]
    rows: list[list[int]] = []
    for place in sorted(range(len(boxes)), key=middles.__getitem__):
        if rows and _is_in_row(
            middles[place][0], [(middles[other][0], boxes[other].height) for other in rows[-1]]
        ):
            rows[-1].append(place)
        else:
            rows.append([place])
    return [place for row in rows for place in sorted(row, key=lambda place: middles[place][1])]


def _is_in_row(middle: float, row: Sequence[tuple[float, int]]) -> bool:
    """Tell whether a height is that of a row, given as (middle, height) of its boxes."""
    mean = sum(other for other, _ in row) / len(row)
    height = sum(height for _, height in row) / len(row)
    return abs(middle - mean) <= _SAME_ROW * height
