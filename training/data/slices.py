"""Slices: kinds of pictures that models find hard, told from the pixels of a crop alone.

Nobody is identified, and nothing about a person is guessed: to tell children or glasses would take a model
that estimates such things. A crop is upright and of one size, so it does not show how tilted and how large
the face was: the bot writes both down when it keeps a face.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.opencv import cv2
from training.data.face_crops import resize_crop

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.faces.face_detection import FaceFinder
    from classifier.types import Keypoints

SLICES = ("dark", "bright", "flat", "soft", "small", "tilted", "turned", "hard to find")
"""A face may belong to several, or to none. DESCRIPTIONS says what each means."""

DESCRIPTIONS = {
    "dark": "mean brightness below 80 of 255",
    "bright": "mean brightness above 180 of 255",
    "flat": "deviation of brightness below 30 of 255: fog, glare, night",
    "soft": "little fine detail: a small face drawn large, out of focus, or moved",
    "small": "shorter side below 64 pixels in the photo; known of faces given since consent 2",
    "tilted": "more than 20 degrees in the photo; known of faces given since consent 2",
    "turned": "the nose lies far from the middle between the eyes",
    "hard to find": "the face detector is unsure or finds none: covered, in profile, drawn, or no face",
}

NOT_TOLD = {
    "covered": "not told apart from other faces that are hard to find",
    "child": "needs a guess about the person, which is not made",
    "glasses": "needs a guess about the person, which is not made",
}

# Each border cuts off about a twentieth of the validation faces of FER+ or muxspace, as their quantiles say.
_DARK, _BRIGHT, _FLAT, _SOFT, _TURNED, _FOUND = 80.0, 180.0, 30.0, 0.14, 0.3, 0.65
_SMALL = 64  # pixels: a quarter of the network's input, which such a face is blown up to
_TILTED = 20  # degrees: training seldom turns faces by more
_DETAIL_SIDE = 96  # pixels at which detail is measured: what the stored crops have
_MARGIN = 0.5  # of the side, around a crop, so that the detector sees the face whole


def name_slices(
    crop: NDArray[np.uint8],
    finder: FaceFinder,
    *,
    tilt: float | None = None,
    face_pixels: int | None = None,
) -> frozenset[str]:
    """Return which of SLICES a face belongs to.

    Args:
        crop: (S, S, 3) RGB, upright.
        finder: Finds faces.
        tilt: In the photo, in degrees; None where it is not known.
        face_pixels: Shorter side of the face in the photo; None where it is not known.
    """
    grey = cv2.cvtColor(resize_crop(crop, _DETAIL_SIDE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    deviation = float(grey.std())
    # Fine detail against contrast: a soft face has little of it, also if it is well lit.
    detail = float(cv2.Laplacian(grey, cv2.CV_32F).std()) / max(deviation, 1.0)
    margin = round(_MARGIN * crop.shape[0])
    padded = cv2.copyMakeBorder(crop, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    faces = finder.find(np.asarray(padded, dtype=np.uint8))
    found = {
        "dark": grey.mean() < _DARK,
        "bright": grey.mean() > _BRIGHT,
        "flat": deviation < _FLAT,
        "soft": detail < _SOFT,
        "small": face_pixels is not None and face_pixels < _SMALL,
        "tilted": tilt is not None and abs(tilt) > _TILTED,
        "turned": bool(faces) and _measure_turn(faces[0].keypoints) > _TURNED,
        "hard to find": not faces or faces[0].score < _FOUND,
    }
    return frozenset(name for name in SLICES if found[name])


def _measure_turn(keypoints: Keypoints) -> float:
    """Return how far the nose is from the middle between the eyes, in distances of the eyes."""
    left, right, nose = keypoints.left_eye, keypoints.right_eye, keypoints.nose
    apart = max(1.0, float(np.hypot(right.x - left.x, right.y - left.y)))
    return abs(nose.x - (left.x + right.x) / 2) / apart
