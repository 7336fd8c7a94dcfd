"""People who give drawn faces with a label, sealed as the bot seals them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
from training_sources import draw_face

from classifier.face_encryption import FaceKey, KeptFace, contributor_of, create_key, load_key, seal_face

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy as np

KEY_TEXT = create_key()
EMOTION_OF = {"happy": "happiness", "sad": "sadness", "neither": "neutral"}


def read_test_key() -> FaceKey:
    return load_key(KEY_TEXT)


def draw_crop(emotion: str, seed: int) -> np.ndarray:
    """A drawn face as large as the crops that the bot keeps."""
    return cv2.cvtColor(draw_face(emotion, seed, side=256), cv2.COLOR_GRAY2RGB)


def build_kept(
    seed: int,
    label: str,
    person: int,
    *,
    shown: str | None = None,
    day: str = "2026-03-02",
    answer: str = "unsure",
    crop: np.ndarray | None = None,
    number: int | None = None,
) -> KeptFace:
    """A face that `person` gave with `label`; it shows `shown`, by default what the label says."""
    pixels = draw_crop(EMOTION_OF[shown or label], seed) if crop is None else crop
    return KeptFace(
        id=f"{seed if number is None else number:032x}",
        crop_png=cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes(),
        label=label,
        answer=answer,
        probability_happy=0.5,
        evidence=0.5,
        model_name="tiny",
        model_version="0.1.0",
        consent_version="1",
        created=day,
        contributor=contributor_of(person, read_test_key()),
    )


def write_sealed(folder: Path, faces: Iterable[KeptFace]) -> tuple[Path, Path]:
    """Write the bot's folder and the key beside it."""
    sealed, key_file = folder / "corrections", folder / "key"
    sealed.mkdir(parents=True, exist_ok=True)
    for face in faces:
        (sealed / face.file_name).write_bytes(seal_face(face, read_test_key()))
    key_file.write_text(KEY_TEXT + "\n", encoding="utf-8")
    return sealed, key_file


def build_honest(people: int = 8, each: int = 3) -> list[KeptFace]:
    """So many people with so many faces each, rightly labelled, on different days."""
    labels = ("happy", "sad", "neither")
    return [
        build_kept(
            20_000 + 100 * person + number,
            labels[(person + number) % 3],
            person,
            day=f"2026-03-{person + 1:02d}",
        )
        for person in range(people)
        for number in range(each)
    ]


def build_lies(person: int, count: int, first: int = 40_000) -> list[KeptFace]:
    """A flood of happy faces that somebody calls sad, and the other way round."""
    faces = []
    for number in range(count):
        truth, lie = (("happy", "sad"), ("sad", "happy"))[number % 2]
        faces.append(
            build_kept(first + number, lie, person, shown=truth, day=f"2026-03-{1 + number % 28:02d}")
        )
    return faces
