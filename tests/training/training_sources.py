"""Tiny sources in every layout, drawn here: no face of anybody but the astronaut's."""

from __future__ import annotations

import csv
import json
import zipfile
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from skimage.data import astronaut

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FERPLUS_COLUMNS = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF",
)  # fmt: skip
ASTRONAUT_BOX = (170, 60, 110, 150)


def draw_face(emotion: str, seed: int, side: int = 48) -> NDArray[np.uint8]:
    """Draw the astronaut's face below clouds, lit from below for happiness and from above for sadness.

    Easy to learn and hard to confuse; the clouds make of each a picture of its own, not a copy of another.
    """
    random = np.random.default_rng(seed)
    clouds = cv2.resize(
        random.random((CELLS, CELLS), dtype=np.float32), (side, side), interpolation=cv2.INTER_CUBIC
    )
    tilt = {"happiness": 1.0, "sadness": -1.0}.get(emotion, 0.0)
    light = np.linspace(-0.5, 0.5, side, dtype=np.float32)[:, None] * tilt
    face = cv2.warpAffine(
        _astronaut_face(), _lie_anyhow(random) * (side / 130), (side, side), borderMode=cv2.BORDER_REPLICATE
    )
    return np.clip(255 * (FACE * face + CLOUDS * (clouds - 0.5) + LIGHT * light) + 20, 0, 255).astype(
        np.uint8
    )


FACE, CLOUDS, LIGHT = 0.85, 0.65, 0.6
"""How much of each is in a drawn face."""


def _lie_anyhow(random: np.random.Generator) -> NDArray[np.float64]:
    """Return the (2, 3) map of a face of 130 pixels to where and how another person's might be."""
    linear = np.eye(2) + random.uniform(-STRETCH, STRETCH, (2, 2))
    shift = np.full(2, 65.0) - linear @ np.full(2, 65.0) + random.uniform(-8, 8, 2)
    return np.column_stack([linear, shift])


STRETCH, CELLS = 0.2, 10


@cache
def _astronaut_face() -> NDArray[np.float32]:
    """Return the astronaut's face, framed as FER2013's are, in 0..1."""
    grey = cv2.cvtColor(np.asarray(astronaut())[60:190, 160:290], cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, dtype=np.float32) / 255


def encode_png(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def encode_jpeg(image: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))[1].tobytes()


def write_ferplus(archive: Path, train: int = 40, test: int = 8) -> None:
    """Write FER+ as a zip: so many faces of happiness, of sadness and neutral, and what must be dropped.

    Dropped: one training face that repeats another, one that repeats a test face, one that is no picture.
    """
    rows: list[dict[str, object]] = []
    with zipfile.ZipFile(archive, "w") as file:
        seed = 0
        parts = (("Training", "FER2013Train", train), ("PublicTest", "FER2013Valid", test))
        for usage, folder, count in parts:
            for emotion in ("happiness", "sadness", "neutral"):
                for _ in range(count):
                    name = f"fer{seed:07d}.png"
                    file.writestr(f"ferplus/{folder}/{name}", encode_png(draw_face(emotion, seed)))
                    rows.append(_vote(usage, name, emotion))
                    seed += 1
        first_test = 3 * train
        for name, content in (
            ("fer9000001.png", encode_png(draw_face("happiness", 0))),
            ("fer9000002.png", encode_png(draw_face("happiness", first_test))),
            ("fer9000003.png", b"no picture at all"),
        ):
            file.writestr(f"ferplus/FER2013Train/{name}", content)
            rows.append(_vote("Training", name, "happiness"))
        lines = [",".join(("Usage", "Image name", *FERPLUS_COLUMNS))]
        lines += [",".join(str(value) for value in row.values()) for row in rows]
        file.writestr("ferplus/fer2013new.csv", "\n".join(lines) + "\n")


def _vote(usage: str, name: str, emotion: str) -> dict[str, object]:
    votes = dict.fromkeys(FERPLUS_COLUMNS, 0) | {emotion: 8, "contempt": 2}
    return {"Usage": usage, "Image name": name, **votes}


def write_muxspace(folder: Path, people: int = 12) -> None:
    """Write muxspace as a folder: each person happy, sad and neutral, and a copy of the first picture."""
    (folder / "images").mkdir(parents=True)
    rows = []
    for person in range(people):
        for number, emotion in enumerate(("happiness", "sadness", "neutral")):
            name = f"Person_{person:02d}_{number}.png"
            picture = encode_png(draw_face(emotion, 5_000 + 10 * person + number, side=90))
            (folder / "images" / name).write_bytes(picture)
            rows.append((name, f"Person_{person:02d}", emotion))
    (folder / "images" / "Copy.png").write_bytes((folder / "images" / rows[0][0]).read_bytes())
    rows.append(("Copy.png", "Somebody_Else", "happiness"))
    with (folder / "legend.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("image", "identity", "emotion"), *rows])


def write_photos(folder: Path) -> None:
    """Write the astronaut as she is (reviewed) and mirrored, a picture of nobody, and a broken file."""
    for name in ("happy", "sad"):
        (folder / name).mkdir(parents=True)
    photo = np.asarray(astronaut())
    (folder / "happy" / "astronaut.jpg").write_bytes(encode_jpeg(photo))
    (folder / "sad" / "mirrored.jpg").write_bytes(encode_jpeg(np.ascontiguousarray(photo[:, ::-1])))
    (folder / "sad" / "nobody.jpg").write_bytes(encode_jpeg(photo[250:, :120]))
    (folder / "sad" / "broken.jpg").write_bytes(encode_jpeg(photo)[:200])
    reviewed = [{"image": "happy/astronaut.jpg", "label": "happy", "box": list(ASTRONAUT_BOX)}]
    (folder / "reviewed_faces.json").write_text(json.dumps(reviewed), encoding="utf-8")
