"""Watch the model's folder, and reload the workers when it changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from classifier.model_info import FILE_NAME, load_model_info
from classifier.types import ModelError, WorkerError

if TYPE_CHECKING:
    from pathlib import Path

    from bot.context import PhotoClassifier

POLL_SECONDS = 3.0
_log = structlog.get_logger(__name__)
_Stamp = tuple[tuple[str, int, int, int], ...]


class ModelWatch:
    """Checks a model folder for changes. A new model that cannot be used is refused; the old one stays.

    Args:
        model_dir: The folder, which may be replaced, or be missing for a while.
        classifier: Whose model it is.
        seconds: Between two looks.
    """

    def __init__(self, model_dir: Path, classifier: PhotoClassifier, seconds: float = POLL_SECONDS) -> None:
        self._model_dir = model_dir
        self._classifier = classifier
        self._seconds = seconds
        self._asked = asyncio.Event()
        self._seen: _Stamp | None = None

    def look_now(self) -> None:
        """Look at once, and say what was found even if nothing has changed."""
        self._asked.set()

    async def run(self) -> None:
        """Check again and again, until cancelled."""
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
            self._seen = None  # for reasons of the moment: it is tried again
            _log.error("the new model was not taken over; trying again", reason=str(error))
        except Exception:  # noqa: BLE001 - whatever it is, the next model must still be noticed
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
    """Summarize a folder without reading its files: they may be replaced one by one."""
    try:
        files = sorted(model_dir.iterdir())
        found = [
            (path.name, path.stat()) for path in files if path.name == FILE_NAME or path.suffix == ".tflite"
        ]
    except OSError:
        return ()
    return tuple((name, status.st_mtime_ns, status.st_size, status.st_ino) for name, status in found)
