"""A picture or a clip at Telegram → what is seen in it. The one place where bytes pass through the bot."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypedDict

import structlog
from telegram.error import BadRequest

from bot.inbox.entry import WORKER_DEATHS_ALLOWED
from bot.messages.media import Source
from bot.messages.outcome import Outcome
from bot.messages.problems import PhotoError, find_problem
from bot.observability.logs import note_duration, note_outcome
from classifier.clip_limits import CLIP_SECONDS
from classifier.types import (
    BusyError,
    ClassifierError,
    WorkerLostError,
    WorkerUnavailableError,
)

if TYPE_CHECKING:
    from telegram import Bot

    from bot.context import Services
    from bot.messages.media import ClipFile
    from classifier.workers.worker_pool import Classification

_log = structlog.get_logger(__name__)


class _Wanted(TypedDict):
    """What is asked of the classifier besides the faces."""

    draw: bool
    explain: bool
    crop: int | None


async def classify_source(
    bot: Bot,
    services: Services,
    source: Source,
    update_id: int,
    chat_id: int,
    *,
    draw: bool = False,
    explain: bool = False,
    crop: int | None = None,
) -> Outcome:
    """Fetch and classify one picture; whatever goes wrong becomes a problem that the person is told.

    A clip is watched. Where that cannot be done, its cover is classified.

    Raises:
        NetworkError: Telegram cannot be reached; the update shall be handled again later.
        RetryAfter: Telegram asks to wait; the update shall be handled again then.
        WorkerUnavailableError: No worker can be started now; the update shall be handled again later.
    """
    try:
        async with services.fetching.acquire(chat_id):
            wanted = _Wanted(draw=draw, explain=explain, crop=crop)
            classification = None
            if source.clip is not None and crop is None and source.clip.seconds <= CLIP_SECONDS:
                classification = await _watch_clip(bot, services, source.clip, update_id, wanted)
            if classification is None:
                classification = await _fetch_and_classify(bot, services, source, update_id, wanted)
    except WorkerUnavailableError as error:
        _log.warning("a photo has to wait for a worker", reason=str(error))
        raise
    except (PhotoError, ClassifierError, BadRequest) as error:
        problem = find_problem(error, services.settings.max_photo_bytes)
        _log.info("photo not classified", problem=problem.kind)
        note_outcome("refused")
        services.metrics.count_answer(problem.kind)
        return Outcome(problem=problem)
    note_outcome("answered")
    return _build_outcome(services, source, classification)


def _build_outcome(services: Services, source: Source, classification: Classification) -> Outcome:
    """Count the answer, and build the outcome for the chat."""
    seen = len(classification.prediction.faces)
    services.metrics.count_answer("seen", min(seen, 1) if classification.clip else seen)
    return Outcome(
        prediction=classification.prediction,
        picture=classification.picture if classification.prediction.faces else None,
        heat_map=classification.heat_map,
        is_cover=source.is_cover and classification.clip is None,
        clip=classification.clip,
        crop=classification.crop,
        model_name=classification.model_name,
        model_version=classification.model_version,
    )


async def _watch_clip(
    bot: Bot, services: Services, clip: ClipFile, update_id: int, wanted: _Wanted
) -> Classification | None:
    """Fetch and watch; None when that cannot be done, so that there is only the cover to look at."""
    started = time.perf_counter()
    try:
        clip_bytes = await services.downloader.fetch(bot, Source(clip.file_id, clip.size))
        fetched = time.perf_counter()
        classification = await services.classifier.watch(
            clip_bytes, draw=wanted["draw"], explain=wanted["explain"]
        )
    except (BusyError, WorkerUnavailableError):
        raise  # the cover would have to wait as well
    except (PhotoError, ClassifierError, BadRequest) as error:
        if isinstance(error, WorkerLostError):
            await services.inbox.count_worker_death(update_id)
        _log.info("clip not watched", reason=find_problem(error, services.settings.max_photo_bytes).kind)
        return None
    note_duration("download", fetched - started)
    note_duration("classify", time.perf_counter() - fetched)
    return classification


async def _fetch_and_classify(
    bot: Bot, services: Services, source: Source, update_id: int, wanted: _Wanted
) -> Classification:
    """Fetch, then classify; a photo that kills its worker gets a second chance: it may not be the cause."""
    started = time.perf_counter()
    image_bytes = await services.downloader.fetch(bot, source)
    fetched = time.perf_counter()
    note_duration("download", fetched - started)
    try:
        classification = await services.classifier.classify(image_bytes, **wanted)
    except WorkerLostError:
        if await services.inbox.count_worker_death(update_id) > WORKER_DEATHS_ALLOWED:
            raise
        classification = await services.classifier.classify(image_bytes, **wanted)
    note_duration("classify", time.perf_counter() - fetched)
    return classification
