"""Refusals of the API: a sentence, a word for programs, and the status of HTTP."""

from __future__ import annotations

from http import HTTPStatus

from classifier.types import ClassifierError

STATUS_BY_KIND = {
    "empty": HTTPStatus.BAD_REQUEST,
    "too_many_bytes": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "not_an_image": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "unsupported_format": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "damaged": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_many_pixels": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_complex": HTTPStatus.UNPROCESSABLE_ENTITY,
    "deadline_exceeded": HTTPStatus.UNPROCESSABLE_ENTITY,
    "worker_lost": HTTPStatus.UNPROCESSABLE_ENTITY,
    "busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "worker_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
}
"""What is wrong with a picture, or with the moment. Anything else of the classifier's is a fault of ours."""
_WAIT_SECONDS = 5.0


class RefusalError(ClassifierError):
    """A request that is not taken, told like a picture that is not. `str()` says what to do.

    Attributes:
        status: Of HTTP.
        kind: A stable word for programs.
        retry_seconds: When trying again may help; None when it does not.
    """

    def __init__(
        self, status: HTTPStatus, kind: str, sentence: str, retry_seconds: float | None = None
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.kind = kind
        self.retry_seconds = retry_seconds


def build_refusal(error: ClassifierError) -> RefusalError:
    """Say over HTTP what is wrong with a picture."""
    status = STATUS_BY_KIND.get(error.kind, HTTPStatus.INTERNAL_SERVER_ERROR)
    retry_seconds = _WAIT_SECONDS if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return RefusalError(status, error.kind, str(error), retry_seconds)
