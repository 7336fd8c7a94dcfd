"""Jobs: the kinds of work that a worker does, and how its answers are read. Both sides share this file.

A new kind of work is a `Job` here, which says what may come back, and a function of the same name in
worker_main.py's table, which does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from classifier.classification import (
    BLOB_LIMITS,
    MAXIMUM_SIDE,
    AnswerError,
    Classification,
    read_classification,
    read_clip_classification,
    take_boolean,
    take_choice,
    take_integer,
    take_object,
    take_text,
)
from classifier.types import (
    ClassifierError,
    DamagedImageError,
    EmptyImageError,
    ImageError,
    ImageLimits,
    ModelError,
    NotAnImageError,
    TooComplexError,
    TooLongError,
    TooManyBytesError,
    TooManyPixelsError,
    UnsupportedFormatError,
    WorkerError,
)
from classifier.workers.confinement import Confinement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from classifier.decoding.image import UprightImage
    from classifier.worker_messages import Frame
    from classifier.workers.worker_pool_options import PoolOptions

T = TypeVar("T")

TAKEN = b"\x06"
"""What a worker sends when it has read a request and begins: the ACK of ASCII."""

_PHOTO_ERRORS: dict[str, type[ClassifierError]] = {
    error.kind: error
    for error in (
        ImageError,
        EmptyImageError,
        TooManyBytesError,
        TooManyPixelsError,
        TooComplexError,
        TooLongError,
        NotAnImageError,
        UnsupportedFormatError,
        DamagedImageError,
        WorkerError,
    )
}
_START_ERRORS: dict[str, type[ClassifierError]] = {
    error.kind: error for error in (ModelError, TooComplexError, WorkerError)
}
MAXIMUM_PIXEL_BYTES = 3 * ImageLimits().maximum_pixels
_LONGEST_SENTENCE, _LONGEST_NAME = 2000, 40


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """One kind of work.

    Attributes:
        name: By which both sides know it.
        seconds: How long a worker may take over it.
        read: Builds the result from an answer, or raises `AnswerError`.
        blobs: What may come with an answer: the most bytes of each.
        errors: What may be wrong, by kind.
    """

    name: str
    seconds: Callable[[PoolOptions], float]
    read: Callable[[Frame], T]
    blobs: Mapping[str, int]
    errors: Mapping[str, type[ClassifierError]]

    def read_answer(self, frame: Frame, number: int) -> T:
        """Read the answer to a request.

        Args:
            frame: As it came.
            number: Of the request.

        Raises:
            AnswerError: It is not one that a sound worker gives.
            ClassifierError: It is an error; one of `errors`.
        """
        if type(frame.fields.get("number")) is not int or frame.fields["number"] != number:
            raise AnswerError("the answer is to another request")
        if "error" in frame.fields:
            fields = take_object(frame.fields, {"number", "error"})
            if frame.blobs:
                raise AnswerError("an error with blobs")
            raise _read_error(fields["error"], self.errors)
        fields = take_object(frame.fields, {"number", "result"})
        if not isinstance(fields["result"], dict):
            raise AnswerError("the result is not an object")
        return self.read(type(frame)(fields["result"], frame.blobs))


@dataclass(frozen=True, slots=True)
class DecodedPixels:
    """A decoded picture, as `UprightImage` has it: `pixels` are rows times columns times R, G, B."""

    width: int
    height: int
    damaged: bool
    rows: int
    columns: int
    pixels: bytes


def write_error(error: ClassifierError) -> dict[str, Any]:
    """Write an error as JSON: its kind, its sentence, and the format's name where one is not supported."""
    kind = error.kind if error.kind in _PHOTO_ERRORS or error.kind in _START_ERRORS else WorkerError.kind
    sentence = "".join(sign if sign.isprintable() else " " for sign in str(error))[:_LONGEST_SENTENCE]
    name = error.format_name if isinstance(error, UnsupportedFormatError) else ""
    return {"kind": kind, "sentence": sentence, "format_name": name}


def _read_error(value: Any, errors: Mapping[str, type[ClassifierError]]) -> ClassifierError:
    """Read what `write_error` wrote: an error of a fixed table, nothing else."""
    fields = take_object(value, {"kind", "sentence", "format_name"})
    kind = take_choice(fields["kind"], tuple(errors))
    sentence = take_text(fields["sentence"], _LONGEST_SENTENCE)
    name = take_text(fields["format_name"], _LONGEST_NAME)
    if kind == UnsupportedFormatError.kind:
        return UnsupportedFormatError(sentence, name)
    return errors[kind](sentence)


def _read_start(frame: Frame) -> Confinement:
    """Read what a worker says when it is ready: what it has given up."""
    names = {"no_new_privileges", "system_calls", "landlock", "limits"}
    fields = take_object(frame.fields, names)
    return Confinement(
        no_new_privileges=take_boolean(fields["no_new_privileges"]),
        system_calls=take_boolean(fields["system_calls"]),
        landlock=take_integer(fields["landlock"], 0, 1000),
        limits=take_boolean(fields["limits"]),
    )


def _read_nothing(frame: Frame) -> None:
    """Read an answer that says no more than that it is there."""
    take_object(frame.fields, set())


def write_decoded(image: UprightImage) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Write a decoded picture as the fields and blobs of a frame."""
    rows, columns = image.pixels.shape[:2]
    size = {"width": int(image.width), "height": int(image.height)}
    fields = {**size, "damaged": bool(image.damaged), "rows": rows, "columns": columns}
    return fields, {"pixels": image.pixels.tobytes()}


def _read_decoded(frame: Frame) -> DecodedPixels:
    """Read what `write_decoded` wrote: as many bytes as it says, and nothing else of it is believed."""
    fields = take_object(frame.fields, {"width", "height", "damaged", "rows", "columns"})
    sides = {
        name: take_integer(fields[name], 1, MAXIMUM_SIDE) for name in ("width", "height", "rows", "columns")
    }
    pixels = frame.blobs.get("pixels", b"")
    if len(pixels) != 3 * sides["rows"] * sides["columns"]:
        raise AnswerError("the pixels are not as many as the picture's sides say")
    return DecodedPixels(**sides, damaged=take_boolean(fields["damaged"]), pixels=pixels)


START = Job("start", lambda _: 60.0, _read_start, {}, _START_ERRORS)
"""Load everything, and give up what is not needed; done once, without being asked."""
CHECK = Job("check", lambda options: options.answer_seconds, _read_nothing, {}, _START_ERRORS)
"""Classify a grey crop, to show that the process works."""
DECODE: Job[DecodedPixels] = Job(
    "decode",
    lambda options: options.deadline_seconds,
    _read_decoded,
    {"pixels": MAXIMUM_PIXEL_BYTES},
    _PHOTO_ERRORS,
)
"""Decode a picture."""
CLASSIFY: Job[Classification] = Job(
    "classify", lambda options: options.deadline_seconds, read_classification, BLOB_LIMITS, _PHOTO_ERRORS
)
"""Classify a photo, and draw or explain it as its arguments ask."""
WATCH: Job[Classification] = Job(
    "watch", lambda options: options.clip_seconds, read_clip_classification, BLOB_LIMITS, _PHOTO_ERRORS
)
"""Classify a clip at some moments, and draw or explain it as its arguments ask."""
