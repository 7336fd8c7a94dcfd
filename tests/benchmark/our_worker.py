"""Classify pictures with this project's classifier, in a process of its own.

python -m tests.benchmark.our_worker TASK.json ANSWERS.json MODEL_DIR
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier.predictor import Classifier


def main(task_file: str, answers_file: str, model_dir: str) -> None:
    """Read which pictures to classify, classify them as the bot does, and write the answers."""
    started = time.perf_counter()
    from classifier.predictor import Classifier  # importing is part of what is measured

    imported = time.perf_counter()
    classifier = Classifier.load(Path(model_dir))
    ready = time.perf_counter()
    answers, seconds = [], []
    for item in json.loads(Path(task_file).read_text(encoding="utf-8")):
        before = time.perf_counter()
        answers.append(_classify(classifier, item))
        seconds.append(time.perf_counter() - before)
    report = {
        "import_seconds": imported - started,
        "ready_seconds": ready - started,
        "seconds": seconds,
        "peak_megabytes": _measure_peak(),
        "answers": answers,
    }
    Path(answers_file).write_text(json.dumps(report), encoding="utf-8")


def _measure_peak() -> float:
    """Return the most memory this process has held, in MB.

    Linux's getrusage counts the process that started this one, too.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # macOS, in bytes


def _classify(classifier: Classifier, item: dict[str, Any]) -> float | None:
    """Return the probability of happy, or None when no face, or not the one meant, is found."""
    import numpy as np

    from classifier.faces.face_alignment import CROP_SIZE
    from classifier.opencv import cv2
    from classifier.types import ImageError

    image_bytes = Path(item["path"]).read_bytes()
    if item["kind"] == "face":
        image = cv2.imdecode(np.frombuffer(image_bytes, np.uint8), cv2.IMREAD_COLOR_RGB)
        crop = cv2.resize(image, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_CUBIC)
        return float(classifier.predict_crops(crop[np.newaxis])[0])
    try:
        faces = classifier.predict(image_bytes).faces
    except ImageError:
        return None
    meant = [face for face in faces if _is_meant(face.box, item["box"])]
    if not meant:
        return None
    return max(meant, key=lambda face: face.box.width * face.box.height).probability_happy


def _is_meant(box: tuple[int, int, int, int], wanted: list[int] | None) -> bool:
    """Tell whether the middle of each box lies inside the other; without a box any face will do."""
    return wanted is None or all(
        abs(box[a] + box[a + 2] / 2 - wanted[a] - wanted[a + 2] / 2) < min(box[a + 2], wanted[a + 2]) / 2
        for a in (0, 1)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
