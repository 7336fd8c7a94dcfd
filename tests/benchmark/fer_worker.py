"""Classify pictures with the package fer. Runs in fer's own environment: imports nothing of this project.

python fer_worker.py TASK.json ANSWERS.json
"""

import json
import resource
import sys
import time
from pathlib import Path


def main(task_file: str, answers_file: str) -> None:
    """Read which pictures to classify, classify them as fer's documentation says, and write the answers."""
    started = time.perf_counter()
    import cv2  # importing is part of what is measured
    from fer.fer import FER

    imported = time.perf_counter()
    detector = FER()
    ready = time.perf_counter()
    answers, seconds = [], []
    for item in json.loads(Path(task_file).read_text(encoding="utf-8")):
        before = time.perf_counter()
        answers.append(_classify(detector, cv2.imread(item["path"]), item))
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


def _classify(detector, image, item):  # noqa: ANN001, ANN202  fer and its OpenCV come without types
    """Return the probability of happy against sad, or None when no face, or not the one meant, is found."""
    if image is None:
        return None
    if item["kind"] == "face":
        # fer widens every box by 10 pixels a side: this one becomes the whole picture.
        rectangles = [(10, 10, image.shape[1] - 20, image.shape[0] - 20)]
        faces = detector.detect_emotions(image, face_rectangles=rectangles)
    else:
        faces = [face for face in detector.detect_emotions(image) if _is_meant(face["box"], item["box"])]
    if not faces:
        return None
    emotions = max(faces, key=lambda face: face["box"][2] * face["box"][3])["emotions"]
    happy, sad = float(emotions["happy"]), float(emotions["sad"])
    return happy / (happy + sad) if happy + sad else 0.5


def _is_meant(box, wanted):  # noqa: ANN001, ANN202
    """Tell whether the middle of each box lies inside the other; without a box any face will do."""
    return wanted is None or all(
        abs(box[a] + box[a + 2] / 2 - wanted[a] - wanted[a + 2] / 2) < min(box[a + 2], wanted[a + 2]) / 2
        for a in (0, 1)
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
