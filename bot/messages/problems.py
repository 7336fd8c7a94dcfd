"""Problems: why a photo got no answer. The one place where errors become a message of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field

from telegram.error import BadRequest, NetworkError, TelegramError

from classifier.types import ClassifierError, UnsupportedFormatError

_MESSAGES = {
    "empty": "problem-empty",
    "too_many_bytes": "problem-too-many-bytes",
    "too_many_pixels": "problem-too-many-pixels",
    "too_complex": "problem-too-complex",
    "not_an_image": "problem-not-an-image",
    "unsupported_format": "problem-unsupported-format",
    "damaged": "problem-damaged",
    "deadline_exceeded": "problem-deadline",
    "worker_lost": "problem-worker-lost",
    "busy": "problem-busy",
    "download_failed": "problem-download-failed",
    "file_gone": "problem-file-gone",
    "no_cover": "problem-no-cover",
}
_HEIC = "problem-heic"
_INTERNAL = "problem-internal"


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason to tell.

    Attributes:
        kind: A stable word for logs and counts.
        message: Its name in the catalogue.
        arguments: Its placeholders.
    """

    kind: str
    message: str
    arguments: dict[str, str | float] = field(default_factory=dict)


class PhotoError(Exception):
    """The photo cannot be classified for a reason on the bot's side of the classifier.

    Attributes:
        kind: A key of the table above.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def find_problem(error: Exception, max_photo_bytes: int) -> Problem:
    """Say what an error means for whoever sent the photo."""
    kind = _find_kind(error)
    if isinstance(error, UnsupportedFormatError):
        heic = error.format_name.upper() in {"HEIC", "HEIF"}
        return Problem(
            kind, _HEIC if heic else _MESSAGES[kind], {} if heic else {"format": error.format_name}
        )
    if kind == "too_many_bytes":
        return Problem(kind, _MESSAGES[kind], {"megabytes": max(1, round(max_photo_bytes / 1_000_000))})
    return Problem(kind, _MESSAGES.get(kind, _INTERNAL))


def _find_kind(error: Exception) -> str:
    if isinstance(error, (PhotoError, ClassifierError)):
        return error.kind
    if isinstance(error, BadRequest):
        return "too_many_bytes" if "too big" in error.message.casefold() else "file_gone"
    if isinstance(error, (NetworkError, TelegramError)):
        return "download_failed"
    return "internal"
