"""Changes to training faces."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from training_sources import draw_face

from training.fit.augment import GEOMETRY_ONLY, Augmentation, augment_face, cover_mouth

STILL = dataclasses.replace(GEOMETRY_ONLY, rotation=0, scale=0, shift=0, shear=0)
FACE = cv2.cvtColor(draw_face("happiness", 1, 96), cv2.COLOR_GRAY2RGB)


def random_at(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("size", [16, 48, 96, 256])
def test_an_augmented_face_is_a_face_of_the_size_asked_for(size: int):
    """Whatever is done to it: RGB, uint8, contiguous."""
    changed = augment_face(FACE, size, dataclasses.replace(Augmentation(), chance=1.0), random_at(0))

    assert changed.shape == (size, size, 3)
    assert changed.dtype == np.uint8


def test_a_seed_repeats_every_change():
    """The same generator state gives the same pixels; the next face is another one."""
    first, again = random_at(7), random_at(7)

    changed = augment_face(FACE, 48, Augmentation(), first)
    assert np.array_equal(changed, augment_face(FACE, 48, Augmentation(), again))
    assert not np.array_equal(changed, augment_face(FACE, 48, Augmentation(), first))


def test_no_strength_means_no_change_but_mirroring():
    """Half of the faces come back as they are, the others mirrored."""
    seen = [augment_face(FACE, 96, STILL, random_at(seed)) for seed in range(20)]

    plain = [np.abs(face.astype(int) - FACE).max() <= 1 for face in seen]
    mirrored = [np.abs(face.astype(int) - FACE[:, ::-1]).max() <= 1 for face in seen]
    assert all(a or b for a, b in zip(plain, mirrored, strict=True))
    assert 4 <= sum(plain) <= 16


def test_the_original_is_left_as_it_is():
    """It is a memory map of the whole set."""
    before = FACE.copy()

    for seed in range(20):
        augment_face(FACE, 96, dataclasses.replace(Augmentation(), chance=1.0), random_at(seed))

    assert np.array_equal(FACE, before)


@pytest.mark.parametrize(
    "change",
    [{"color": 0.4}, {"gamma": 1.0}, {"ramp": 0.5}, {"blur": 0.05}, {"shrink": 0.3}, {"noise": 20.0},
     {"jpeg": 10}, {"cover": 0.5}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_each_change_does_something_on_its_own(change: dict[str, float]):
    """Compared with the same face, at most mirrored."""
    augmentation = dataclasses.replace(STILL, chance=1.0, **change)

    changed = augment_face(FACE, 96, augmentation, random_at(3))

    differences = [np.abs(changed.astype(int) - still).mean() for still in (FACE, FACE[:, ::-1])]
    assert min(differences) > 0.5


@pytest.mark.parametrize("seed", range(12))
def test_a_covered_mouth_is_gone_and_the_eyes_stay(seed: int) -> None:
    """A mask or a hand hides where the mouth was; what lies above the nose is as it was."""
    jaw = [(0.5 + 0.4 * np.cos(angle), 0.45 + 0.5 * np.sin(angle)) for angle in np.linspace(np.pi, 0, 21)]
    outline = np.array([(0.5, 0.41), *jaw], dtype=np.float32)
    checks = 60 + np.indices((96, 96)).sum(axis=0) // 2 % 2 * 140
    face = np.repeat(checks[..., None], 3, axis=2).astype(np.uint8)

    covered = cover_mouth(face, outline, random_at(seed))

    mouth = np.s_[68:74, 44:52]
    assert (covered[mouth] != face[mouth]).mean() > 0.4  # a skin like one of the two shades is no sign
    assert np.array_equal(covered[:30], face[:30])
    assert covered.shape == face.shape


def test_masks_are_plain_and_printed_and_some_hide_the_neck() -> None:
    """A network that has seen plain cloth only takes stripes for an expression."""
    jaw = [(0.5 + 0.35 * np.cos(angle), 0.4 + 0.35 * np.sin(angle)) for angle in np.linspace(np.pi, 0, 21)]
    outline = np.array([(0.5, 0.35), *jaw], dtype=np.float32)
    face = np.full((128, 128, 3), 130, dtype=np.uint8)

    covered = [cover_mouth(face, outline, random_at(seed)) for seed in range(60)]

    contrast = np.array([picture[72:88, 48:80].mean(axis=2).std() for picture in covered])
    assert (contrast < 8).sum() >= 10
    assert (contrast > 25).sum() >= 10
    hides_the_neck = [bool((picture[112:120, 60:68] != 130).any()) for picture in covered]
    assert 3 <= sum(hides_the_neck) <= 30
