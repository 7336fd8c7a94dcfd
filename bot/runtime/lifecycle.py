"""Run bots from start to stop. Slow packages are imported late, while the worker processes already start."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from bot.runtime.roles import Role, StartError, end_task
from classifier.types import ImageLimits, ModelError
from classifier.workers.worker_pool import ClassifierPool, PoolOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from types import ModuleType

    from bot.config.settings import Settings
    from bot.runtime.serving import RunningBots


_MODEL_COPIES = "model"


def build_pool(settings: Settings) -> ClassifierPool:
    """Build the classifier's workers as the settings say."""
    limits = ImageLimits(
        maximum_bytes=settings.max_photo_bytes,
        maximum_pixels=settings.max_photo_pixels,
        maximum_side=settings.max_photo_side,
        maximum_scans=settings.max_photo_scans,
    )
    return ClassifierPool(
        PoolOptions(
            model_dir=settings.model_dir,
            workers=settings.workers or os.cpu_count() or 1,
            deadline_seconds=settings.classify_seconds,
            address_space_bytes=settings.worker_memory_bytes,
            photos_per_worker=settings.photos_per_worker,
            limits=limits,
            copies_dir=settings.data_dir / _MODEL_COPIES / str(os.getpid()),
        )
    )


def delete_ended_copies(data_dir: Path) -> None:
    """Delete the copies of models of processes that have ended.

    On PostgreSQL several processes may share a DATA_DIR, each with a model of its own in use.
    """
    for other in (data_dir / _MODEL_COPIES).glob("*"):
        if not (other.name.isdecimal() and _is_running(int(other.name))):
            shutil.rmtree(other, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it runs, but belongs to another user
        return True
    return True


@asynccontextmanager
async def run_bots(
    settings: Settings,
    build_classifier: Callable[[Settings], ClassifierPool] = build_pool,
    prepare: Callable[[], None] | None = None,
    role: Role = "all",
) -> AsyncIterator[RunningBots]:
    """Run all bots until the context ends; then answer the updates in flight before closing.

    The bots share the workers. Each has its own queue and limits, and continues when another one fails.

    Args:
        settings: The settings.
        build_classifier: Builds the classifier.
        role: The part of the work that this process does; parts other than "all" need PostgreSQL.
        prepare: Called in a thread after all code is loaded and before the database is opened.

    Raises:
        StartError: Telegram refuses all tokens, a port is taken, the database or the model cannot be used.
    """
    async with AsyncExitStack() as stack:
        if role != "all" and not settings.database_url:
            raise StartError(
                f"`python -m bot {role}` shares its work through PostgreSQL. Set DATABASE_URL, "
                "or start `python -m bot`, which needs none."
            )
        classifier = build_classifier(settings)
        stack.push_async_callback(classifier.close)
        # The workers warm up in their own processes while this one loads and opens the rest.
        warming = asyncio.create_task(_warm_up(classifier, settings, role))
        stack.push_async_callback(end_task, warming)
        try:
            serving = await asyncio.to_thread(_load_serving, prepare)
            running: RunningBots = await serving.open_bots(stack, settings, classifier, warming, role)
        except ModelError as error:
            raise StartError(str(error)) from error
        yield running


async def _warm_up(classifier: ClassifierPool, settings: Settings, role: Role) -> None:
    """Start the workers; a process that only receives has none."""
    if role != "ingress":
        delete_ended_copies(settings.data_dir)
        await classifier.start()


def _load_serving(prepare: Callable[[], None] | None) -> ModuleType:
    """Import Telegram, the database and the code that uses them, which takes most of a second."""
    from bot.runtime import serving  # noqa: PLC0415 - see above

    if prepare is not None:
        prepare()
    return serving
