"""What runs inside a worker process. See worker_pool.py for the process that it works for.

It loads everything, gives up what it does not need (confinement.py), reports that it is ready, and answers
requests until the other side closes the connection.

OpenCV and LiteRT are loaded inside the functions that need them: the other side imports this file too.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from classifier.classification import Classification, write_classification
from classifier.types import ClassifierError, TooComplexError, WorkerError
from classifier.worker_messages import Frame, pack_frame, read_frame
from classifier.workers.confinement import (
    close_inherited_files,
    confine,
    end_with_parent,
    hide_from_other_processes,
)
from classifier.workers.worker_jobs import CHECK, CLASSIFY, DECODE, TAKEN, WATCH, write_decoded, write_error

if TYPE_CHECKING:
    import socket

    from classifier.decoding.image import Decode
    from classifier.predictor import Classifier
    from classifier.workers.worker_pool_options import PoolOptions

_NICENESS = 5
_GREY_PICTURE = bytes.fromhex(  # a PNG of 8 x 8 pixels
    "89504e470d0a1a0a0000000d4948445200000008000000080800000000e164e1570000001049444154"
    "08d7636c60800026068a1800260800909659cb840000000049454e44ae426082"
)
_REQUEST_LIMITS = {"input": 2_000_000_000}

Result = tuple[Mapping[str, Any], Mapping[str, bytes]]
"""The fields and blobs of an answer."""
T = TypeVar("T")
Work = Callable[["Classifier", Frame], Result]
DecodingWork = Callable[["Decode", Frame], Result]


def run_worker(
    connection: socket.socket, options: PoolOptions, works: Mapping[str, Work] | None = None
) -> None:
    """Run a worker that classifies photos, from the start of its process to the end.

    Args:
        connection: To the process that it works for.
        options: How it is run.
        works: What it does, by the name of the job; `WORKS` if None.
    """
    if hasattr(os, "nice"):  # not on Windows
        # Where all cores classify, whoever waits for the answers is still to run at once.
        os.nice(_NICENESS)
    _live(connection, options, _load, _check, WORKS if works is None else works)


def run_decoder(
    connection: socket.socket, options: PoolOptions, works: Mapping[str, DecodingWork] | None = None
) -> None:
    """Run a worker that only decodes pictures, without a model; like `run_worker`, with `DECODING_WORKS`."""
    _live(connection, options, _load_decoder, _check_decoder, DECODING_WORKS if works is None else works)


def _live(
    connection: socket.socket,
    options: PoolOptions,
    load: Callable[[PoolOptions], T],
    check: Callable[[T], None],
    works: Mapping[str, Callable[[T, Frame], Result]],
) -> None:
    """Load, give up all that is not needed, report it, and serve."""
    _start(connection, options)
    try:
        loaded = load(options)
        confinement = confine()
        check(loaded)  # it still works without what it has given up
    except ClassifierError as error:
        connection.sendall(pack_frame({"number": 0, "error": write_error(error)}))
        return
    connection.sendall(pack_frame({"number": 0, "result": asdict(confinement)}))
    try:
        _serve(connection, loaded, works)
    except (EOFError, OSError):
        return  # nobody asks any more


def classify_photo(classifier: Classifier, request: Frame) -> Result:
    """Classify one photo, and draw what was asked for.

    Args:
        classifier: Loaded.
        request: With the photo as `input`, and in its fields `draw`, `explain`, and as `crop` the number of a
            face, from 1, or None.

    Raises:
        ImageError: The photo cannot be classified.
    """
    from classifier.drawing.photo_drawing import draw_faces, draw_heat_maps, encode_crop  # see the top

    classified = classifier.classify(request.blobs.get("input", b""))
    found, crop = bool(classified.prediction.faces), request.fields["crop"]
    return write_classification(
        Classification(
            prediction=classified.prediction,
            picture=draw_faces(classified) if request.fields["draw"] and found else None,
            heat_map=draw_heat_maps(classified) if request.fields["explain"] and found else None,
            crop=encode_crop(classified.crops[crop - 1]) if crop and crop <= len(classified.crops) else None,
            model_name=classifier.info.name,
            model_version=classifier.info.version,
        )
    )


def watch_clip(classifier: Classifier, request: Frame) -> Result:
    """Classify one clip, and draw what was asked for.

    Args:
        classifier: Loaded.
        request: With the clip as `input`, and in its fields `draw` and `explain`.

    Raises:
        ImageError: The clip cannot be watched.
    """
    from classifier.drawing.clip_drawing import draw_clip  # see the top
    from classifier.drawing.photo_drawing import draw_heat_maps

    classified = classifier.watch(request.blobs.get("input", b""))
    found = bool(classified.prediction.faces)
    return write_classification(
        Classification(
            prediction=classified.prediction,
            picture=draw_clip(classified) if request.fields["draw"] and found else None,
            heat_map=draw_heat_maps(classified) if request.fields["explain"] and found else None,
            model_name=classifier.info.name,
            model_version=classifier.info.version,
            clip=classified.clip,
        )
    )


def check(classifier: Classifier, _request: Frame) -> Result:
    """Classify a grey crop, to show that this process works. Takes milliseconds."""
    _check(classifier)
    return {}, {}


def decode_picture(decode: Decode, request: Frame) -> Result:
    """Decode one picture.

    Args:
        decode: With the limits of this worker.
        request: With the picture as `input`, and in its fields `reduce`.

    Raises:
        ImageError: The picture cannot be decoded.
    """
    return write_decoded(decode(request.blobs.get("input", b""), reduce=request.fields["reduce"]))


WORKS: Mapping[str, Work] = {CLASSIFY.name: classify_photo, WATCH.name: watch_clip, CHECK.name: check}
"""What a worker does, by the names in worker_jobs.py."""
DECODING_WORKS: Mapping[str, DecodingWork] = {DECODE.name: decode_picture}
"""What a worker without a model does."""


def _start(connection: socket.socket, options: PoolOptions) -> None:
    """Make this process end with its parent, or at any moment, and keep it from eating the machine."""
    close_inherited_files(keep=connection.fileno())
    # Ctrl-C and a closed terminal reach the whole group; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):  # not on Windows
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # at once, even in the middle of decoding
    # On Linux the parent is the server that forks; it ends with the program, as nobody else holds its pipe.
    if not (sys.platform == "linux" and end_with_parent(signal.SIGKILL)):
        threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()
    if sys.platform == "linux":
        import resource  # not on every platform

        hide_from_other_processes()  # the photos in its memory
        resource.setrlimit(resource.RLIMIT_AS, (options.address_space_bytes, options.address_space_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no photo lands on disk in a core dump


def _load(options: PoolOptions) -> Classifier:
    """Load everything and classify a grey picture.

    Raises:
        ModelError: The model cannot be used.
        WorkerError: Something else failed.
    """
    try:
        importlib.import_module("classifier.drawing.clip_drawing")  # later nothing can be imported any more
        from classifier.predictor import Classifier  # see the top

        loaded = Classifier.load(options.model_dir, options.limits)
        loaded.predict(_GREY_PICTURE)
    except ClassifierError:
        raise
    except Exception as error:  # the boundary: what crosses it is from one tree of errors
        raise WorkerError(f"The classifier could not be loaded ({type(error).__name__}).") from error
    return loaded


def _load_decoder(options: PoolOptions) -> Decode:
    """Load what decoding takes.

    Raises:
        WorkerError: It cannot be loaded.
    """
    try:
        from classifier.decoding.image import decode_image  # see the top

        decode = partial(decode_image, limits=options.limits)
        _check_decoder(decode)
    except Exception as error:  # the boundary: what crosses it is from one tree of errors
        raise WorkerError(f"OpenCV could not be loaded ({type(error).__name__}).") from error
    return decode


def _check_decoder(decode: Decode) -> None:
    """Decode a grey picture."""
    decode(_GREY_PICTURE)


def _check(classifier: Classifier) -> None:
    """Classify a grey crop."""
    import numpy as np  # see the top

    classifier.predict_crops(np.full((1, 256, 256, 3), 128, dtype=np.uint8))


def _serve(connection: socket.socket, loaded: T, works: Mapping[str, Callable[[T, Frame], Result]]) -> None:
    """Answer requests one after the other."""
    while True:
        request = read_frame(connection, _REQUEST_LIMITS)
        connection.sendall(TAKEN)
        number, arguments = request.fields["number"], request.fields["arguments"]
        try:
            result, blobs = _do(works[request.fields["job"]], loaded, Frame(arguments, request.blobs))
            answer = pack_frame({"number": number, "result": result}, blobs)
        except ClassifierError as error:
            answer = pack_frame({"number": number, "error": write_error(error)})
        connection.sendall(answer)


def _do(work: Callable[[T, Frame], Result], loaded: T, request: Frame) -> Result:
    """Do one request. Whatever fails becomes one of the classifier's errors."""
    try:
        return work(loaded, request)
    except ClassifierError:
        raise
    except MemoryError as error:
        raise TooComplexError("Classifying the picture takes too much memory. Send it smaller.") from error
    except Exception as error:  # the boundary: what crosses it is from one tree of errors
        raise WorkerError(
            f"The photo could not be classified ({type(error).__name__}). Try another one."
        ) from error


def _follow_parent() -> None:
    """Wait until the parent process ends, for whatever reason, and end this one too."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
