"""How often a covered mouth gets a sure answer: photos of one face each, with a mask painted over it.

    python -m tests.benchmark.masks web_photos.zip my_photos/

Sources are what `python -m training prepare` reads; their whole photos are used. The masks are painted here,
by other code than that with which training covers mouths (`training.fit.augment`): a network that has only
learnt to know its own painter fails. Each photo gets one of seven kinds of cloth, and is classified whole.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import track
from rich.table import Table

from classifier.__main__ import default_model_dir
from classifier.decoding.image import decode_image
from classifier.faces.face_search import FaceSearch
from classifier.opencv import cv2
from classifier.predictor import Classifier
from classifier.types import ImageError
from tests.benchmark.report import NO_FACE, format_share, name_answer, open_console
from training.data.sources import read_source
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Pixels = NDArray[np.float64]

_QUALITY = 85
_SMALLEST = 8  # pixels: on a smaller mask no pattern can be seen
# Points of the face mesh: from ear to ear along the chin, and on the bridge of the nose, its tip, the cheeks.
_JAW = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454)
_BRIDGE, _TIP, _CHEEKS, _FOREHEAD, _CHIN = 6, 4, (117, 346), 10, 152


def main(arguments: Sequence[str] | None = None) -> int:
    """Cover, classify, count, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.masks", description="Sure answers to masked faces."
    )
    parser.add_argument("sources", nargs="+", type=Path, help="folders or archives of photos")
    parser.add_argument("--model", type=Path, default=default_model_dir(), help="default: %(default)s")
    parser.add_argument("--limit", type=int, default=300, help="photos at most (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--save", type=Path, help="write the masked photos into this folder, to be looked at")
    options = parser.parse_args(arguments)
    random = np.random.default_rng(options.seed)
    try:
        samples = [sample for source in options.sources for sample in read_source(source, {})]
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    samples = [sample for sample in samples if sample.framing == "photo"]
    drawn = random.permutation(len(samples))[: options.limit].tolist()
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
    search, classifier = FaceSearch(), Classifier.load(options.model)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for number in track(drawn, "Covering mouths"):
        cloth = list(CLOTHS)[sum(counts["all"].values()) % len(CLOTHS)]
        try:
            photo = decode_image(samples[number].read_bytes()).pixels
        except ImageError:
            continue
        masked = put_on_mask(photo, search, cloth, random)
        if masked is None:
            continue
        encoded = cv2.imencode(".jpg", masked[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
        answer = name_answer(classifier.predict(encoded).faces)
        if options.save:
            (options.save / f"{number:05d}-{cloth}-{answer}.jpg").write_bytes(encoded)
        for row in (cloth, "all"):
            counts[row][answer] += 1
    open_console().print(_build_table(options.model.name, counts))
    return 0


def put_on_mask(
    photo: NDArray[np.uint8], search: FaceSearch, cloth: str, random: np.random.Generator
) -> NDArray[np.uint8] | None:
    """Cover mouth and chin of the only face.

    Args:
        photo: (H, W, 3) RGB.
        search: Finds the face and its landmarks.
        cloth: One of `CLOTHS`.
        random: Source of all random numbers.

    Returns:
        (H, W, 3) RGB; None where not exactly one face is seen, or one that is too small to paint on.
    """
    faces = search.find(photo)
    if len(faces) != 1 or not faces[0].is_readable:
        return None
    points = faces[0].landmarks.points[:, :2]
    outline = _mask_outline(points, random)
    if cloth == "scarf":
        outline[3:] += (0, 0.15 * (points[_CHIN, 1] - points[_FOREHEAD, 1]))
    left, top = np.floor(outline.min(axis=0)).astype(int)
    width, height = np.ceil(np.ptp(outline, axis=0)).astype(int) + 2
    if min(width, height) < _SMALLEST:
        return None
    # The cloth is woven in a frame of its own, which may reach over the photo's edges.
    woven = np.clip(CLOTHS[cloth](height, width, random), 0, 255)
    move = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
    size = (photo.shape[1], photo.shape[0])
    laid = cv2.warpAffine(woven, move, size, borderMode=cv2.BORDER_REPLICATE)
    shape = np.zeros(photo.shape[:2], dtype=np.float32)
    cv2.fillPoly(shape, [np.round(outline).astype(np.int32)], 1.0)
    soft = cv2.GaussianBlur(shape, (0, 0), max(0.6, width / 150))[:, :, None]
    glow = cv2.GaussianBlur(photo.mean(axis=2).astype(np.float32), (0, 0), max(1.0, width / 8))
    light = np.clip(glow / max(1.0, float(glow[shape > 0].mean())), 0.6, 1.3)[:, :, None]
    return np.asarray(np.clip(photo * (1 - soft) + laid * light * soft, 0, 255), dtype=np.uint8)


def _mask_outline(points: Pixels, random: np.random.Generator) -> Pixels:
    """Return (N, 2) corners, from cheek over nose to cheek and back along the jaw."""
    down = random.uniform(0.25, 0.6)
    nose = points[_BRIDGE] * (1 - down) + points[_TIP] * down
    ears = int(random.integers(1, 5))
    jaw = points[list(_JAW[ears : len(_JAW) - ears])]
    outline = np.vstack([points[_CHEEKS[0]], nose, points[_CHEEKS[1]], jaw[::-1]])
    return np.asarray(outline + (outline - outline.mean(axis=0)) * random.uniform(0, 0.06))


def _surgical(height: int, width: int, random: np.random.Generator) -> Pixels:
    shades = ((170, 200, 225), (120, 175, 200), (200, 225, 235), (140, 190, 170))
    cloth = np.ones((height, width, 1)) * np.array(shades[int(random.integers(len(shades)))], dtype=float)
    thick = max(1, height // 40)
    for fold in (0.3, 0.5, 0.7):
        at = int(height * fold)
        cloth[at : at + thick] *= 0.8
        cloth[at + thick : at + 2 * thick] *= 1.08
    return cloth


def _cup(height: int, width: int, random: np.random.Generator) -> Pixels:
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot((x - width / 2) / (width / 2), (y - height * 0.45) / (height * 0.6))
    return np.asarray((250 - 90 * away)[:, :, None] * np.ones(3))


def _black(height: int, width: int, random: np.random.Generator) -> Pixels:
    cloth = np.linspace(55, 20, height)[:, None, None] * np.ones((height, width, 3))
    cloth[:, width // 2 - 1 : width // 2 + 1] += 25  # the seam
    return np.asarray(cloth)


def _patchwork(height: int, width: int, random: np.random.Generator) -> Pixels:
    patches = random.random((max(2, height // 12), max(2, width // 12), 3)) * 220 + 20
    grown = cv2.resize(patches, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.GaussianBlur(grown, (0, 0), 1))


def _stripes(height: int, width: int, random: np.random.Generator) -> Pixels:
    first, second = random.random((2, 3)) * 220 + 20
    is_first = np.arange(width) // max(3, width // 14) % 2 == 0
    return np.where(is_first[None, :, None], first, second) * np.ones((height, 1, 1))


def _dots(height: int, width: int, random: np.random.Generator) -> Pixels:
    ground, dot = random.random((2, 3)) * 220 + 20
    cloth = np.ones((height, width, 1)) * ground
    for y in range(0, height, max(4, height // 8)):
        for x in range(0, width, max(4, width // 10)):
            cv2.circle(cloth, (x, y), max(1, width // 40), dot.tolist(), -1)
    return np.asarray(cloth)


def _scarf(height: int, width: int, random: np.random.Generator) -> Pixels:
    threads = cv2.resize(random.random((max(2, height // 3), 3, 3)), (width, height)) * 60 - 30
    return np.asarray(random.random(3) * 180 + 30 + threads)


CLOTHS: dict[str, Callable[[int, int, np.random.Generator], Pixels]] = {
    "surgical": _surgical,
    "cup": _cup,
    "black": _black,
    "patchwork": _patchwork,
    "stripes": _stripes,
    "dots": _dots,
    "scarf": _scarf,
}
"""Each gives (height, width, 3) RGB in about 0..255."""


def _build_table(model: str, counts: dict[str, Counter[str]]) -> Table:
    answers = ("hard to tell", NO_FACE, "sure happy", "sure sad")
    table = Table(title=f"{model}: faces whose mouth is covered")
    for column in ("cloth", "photos", *answers, "sure answers [95% interval]"):
        table.add_column(column, justify="left" if column == "cloth" else "right")
    for row in (*CLOTHS, "all"):
        photos = counts[row].total()
        sure = counts[row]["sure happy"] + counts[row]["sure sad"]
        shown = [str(number) for number in (photos, *(counts[row][answer] for answer in answers))]
        table.add_row(row, *shown, format_share(sure, photos))
    return table


if __name__ == "__main__":
    raise SystemExit(main())
