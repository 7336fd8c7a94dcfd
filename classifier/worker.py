"""What runs inside a worker process. See workers.py for the process that it works for.

OpenCV and LiteRT are loaded inside the functions that need them: the other side imports this file too.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classifier.types import ClassifierError, ImageLimits, Prediction, TooComplexError, WorkerError

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.predictor import Classifier

_NICENESS = 5
_GREY_PICTURE = bytes.fromhex(  # a PNG of 8 x 8 pixels
    "89504e470d0a1a0a0000000d4948445200000008000000080800000000e164e1570000001049444154"
    "08d7636c60800026068a1800260800909659cb840000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """How the classifier's workers are run.

    Attributes:
        model_dir: The model folder that each worker loads.
        workers: How many photos are judged at the same time.
        deadline_seconds: A worker that takes longer over a photo is killed.
        address_space_bytes: What a worker may map, on Linux; a photo that needs more is refused.
        photos_per_worker: After so many a worker is replaced, whatever it may have leaked with it.
        check_seconds: How often an idle worker is asked to judge a grey crop, to see that it answers.
        answer_seconds: One that takes longer over that is replaced; loading the model must fit in.
        max_waiting: Photos beyond these are refused at once.
        limits: Which photos are refused before anything is decoded.
        copies_dir: Where a copy of the model is kept and run from, so that its folder may be replaced at any
            moment; None runs the folder itself.
    """

    model_dir: Path
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    deadline_seconds: float = 10.0
    address_space_bytes: int = 1_500_000_000
    photos_per_worker: int = 1000
    check_seconds: float = 10.0
    answer_seconds: float = 15.0
    max_waiting: int = 100
    limits: ImageLimits = field(default_factory=ImageLimits)
    copies_dir: Path | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a worker hands back for one photo.

    Attributes:
        prediction: The faces, left to right.
        picture: The photo with numbered boxes as JPEG; None unless asked for, or without faces.
        heat_map: Where the model looked, as JPEG; None unless asked for, without faces, or if it cannot say.
        crop: The face that was asked for as the model saw it, as PNG; None unless asked for, or not there.
        model_name: Which model answered.
        model_version: Of that model.
    """

    prediction: Prediction
    picture: bytes | None = None
    heat_map: bytes | None = None
    crop: bytes | None = None
    model_name: str = ""
    model_version: str = ""


def start_worker(options: PoolOptions) -> None:
    """Make this process end with its parent, or at any moment, and keep it from eating the machine."""
    # Ctrl-C and a closed terminal reach the whole group; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):  # not on Windows
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # at once, even in the middle of decoding
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()
    if hasattr(os, "nice"):  # not on Windows
        # Where all cores judge, whoever waits for the answers is still to run at once.
        os.nice(_NICENESS)
    if sys.platform == "linux":
        import resource  # noqa: PLC0415  not on every platform

        resource.setrlimit(resource.RLIMIT_AS, (options.address_space_bytes, options.address_space_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no photo lands on disk in a core dump


def warm_up(options: PoolOptions) -> int:
    """Load everything and judge a grey picture; give this process's id.

    Raises:
        ModelError: The model cannot be used.
    """
    _load_classifier(options.model_dir, options.limits).predict(_GREY_PICTURE)
    return answer(options)


def answer(options: PoolOptions) -> int:
    """Judge a grey crop, to show that this process works, and give its id. Takes milliseconds once warm.

    Raises:
        ModelError: The model cannot be used.
    """
    import numpy as np  # noqa: PLC0415  see the top

    classifier = _load_classifier(options.model_dir, options.limits)
    classifier.predict_crops(np.full((1, 256, 256, 3), 128, dtype=np.uint8))
    return os.getpid()


def judge_photo(
    options: PoolOptions, image_bytes: bytes, *, draw: bool, explain: bool, crop: int | None
) -> Judgement:
    """Judge one photo, and draw what was asked for; `crop` is the number of a face, from 1.

    Raises:
        ImageError: The photo cannot be judged.
        WorkerError: Something here failed.
    """
    from classifier.drawing import draw_faces, draw_heat_maps, encode_crop  # noqa: PLC0415  see the top

    try:
        classifier = _load_classifier(options.model_dir, options.limits)
        judged = classifier.judge(image_bytes)
        found = bool(judged.prediction.faces)
        return Judgement(
            prediction=judged.prediction,
            picture=draw_faces(judged) if draw and found else None,
            heat_map=draw_heat_maps(judged) if explain and found else None,
            crop=encode_crop(judged.crops[crop - 1]) if crop and crop <= len(judged.crops) else None,
            model_name=classifier.info.name,
            model_version=classifier.info.version,
        )
    except ClassifierError:
        raise
    except MemoryError as error:
        raise TooComplexError("Judging the picture takes too much memory. Send it smaller.") from error
    except Exception as error:  # the boundary: what crosses it is from one tree of errors
        raise WorkerError(
            f"The photo could not be judged ({type(error).__name__}). Try another one."
        ) from error


@functools.cache
def _load_classifier(model_dir: Path, limits: ImageLimits) -> Classifier:
    """Load a model once a process."""
    from classifier.predictor import Classifier  # noqa: PLC0415  see the top

    return Classifier.load(model_dir, limits)


def _end_with_parent() -> None:
    """Wait for the parent's end, however it comes, and follow."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
