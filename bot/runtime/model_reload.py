"""Watch the model's folder, and reload the workers when it changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from classifier.model_info import FILE_NAME, load_model_info
from classifier.types import ModelError, WorkerError

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.workers.worker_pool import ClassifierPool


POLL_SECONDS = 3.0
_log = structlog.get_logger(__name__)
_Stamp = tuple[tuple[str, int, int, int], ...]


class ModelWatch:
    """Checks a model folder for changes. A new model that cannot be used is refused; the old one stays.

    Args:
        model_dir: The model folder; it may be replaced, or be missing for a while.
        classifier: The classifier that uses the model.
        seconds: Time between two checks.
    """

    def __init__(self, model_dir: Path, classifier: ClassifierPool, seconds: float = POLL_SECONDS) -> None:
        self._model_dir = model_dir
        self._classifier = classifier
        self._seconds = seconds
        self._asked = asyncio.Event()
        self._seen: _Stamp | None = None

    def look_now(self) -> None:
        """Check at once, and log the result even if nothing has changed."""
        self._asked.set()

    async def run(self) -> None:
        """Check the folder every few seconds until cancelled."""
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    await self._asked.wait()
            except TimeoutError:
                await self._look(is_asked=False)
            else:
                self._asked.clear()
                await self._look(is_asked=True)

    async def _look(self, *, is_asked: bool) -> None:
        stamp = await asyncio.to_thread(_read_stamp, self._model_dir)
        if stamp == self._seen and not is_asked:
            return
        self._seen = stamp
        try:
            found = await asyncio.to_thread(load_model_info, self._model_dir)
            if found == self._classifier.info:
                if is_asked:
                    _log.info("the model has not changed", model=found.name, version=found.version)
                return
            await self._classifier.reload(self._model_dir)
        except ModelError as error:
            self._refuse(error)
        except WorkerError as error:
            self._seen = None  # a temporary failure: try again at the next check
            _log.error("the new model was not taken over; trying again", reason=str(error))
        except Exception:  # noqa: BLE001 - after any error the next model must still be noticed
            _log.exception("the new model was not taken over")
        else:
            info = self._classifier.info
            _log.info("took over a new model", model=info.name, version=info.version)

    def _refuse(self, error: ModelError) -> None:
        """Log, once for each state of the folder, that the old model stays in use."""
        info = self._classifier.info
        _log.error(
            "the new model is refused; the old one goes on",
            reason=str(error),
            model=info.name,
            version=info.version,
        )


def _read_stamp(model_dir: Path) -> _Stamp:
    """Summarize a folder by name, time, size and inode of its files, without reading them.

    The files may be replaced one by one: a check can see a half-changed folder, the next one sees the rest.
    """
    try:
        files = sorted(model_dir.iterdir())
        found = [
            (path.name, path.stat()) for path in files if path.name == FILE_NAME or path.suffix == ".tflite"
        ]
    except OSError:
        return ()
    return tuple((name, status.st_mtime_ns, status.st_size, status.st_ino) for name, status in found)
