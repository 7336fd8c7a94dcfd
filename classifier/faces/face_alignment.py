"""Put a face in place: cut it out upright, at one size, with its eyes and nose always at the same spots.

Every face that a network sees goes through `align_by_landmarks` or, where no landmarks can be had,
`align_by_keypoints`: in a chat, in training, in calibration and in evaluation. A network without translation
invariance, as `seed_cnn` is, gains ten points of accuracy by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.opencv import cv2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.types import Keypoints

CROP_SIZE = 256
"""Side of the network's input in pixels."""

STABLE_LANDMARKS = (33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 2, 98, 327)
"""Points of the 468 of the face mesh that a smile, a frown or an open mouth hardly moves: the corners of both
eyes, the bridge, tip and wings of the nose."""

CANONICAL_LANDMARKS: NDArray[np.float64] = np.array(
    [
        [0.2524, 0.3823],
        [0.4052, 0.3951],
        [0.5948, 0.3951],
        [0.7476, 0.3823],
        [0.5000, 0.3679],
        [0.5000, 0.4147],
        [0.5000, 0.4554],
        [0.5000, 0.4916],
        [0.5000, 0.5306],
        [0.5000, 0.5766],
        [0.5000, 0.6089],
        [0.5000, 0.6359],
        [0.4057, 0.6219],
        [0.5943, 0.6219],
    ]
)
"""Where a crop has them, as fractions of its side.

Source: the median of 2,000 FER+ training faces that were aligned by BlazeFace's eyes and mouth, made
symmetric and shrunk by 5% about the middle of the eyes, so that an open mouth stays inside.
"""

CANONICAL_EYES_AND_MOUTH: NDArray[np.float64] = np.array([[0.316, 0.387], [0.684, 0.387], [0.5, 0.781]])
"""The same for the left eye, the right eye and the mouth, for faces whose landmarks are not to be trusted.

Source: the median of what BlazeFace finds in 1,468 FER+ training faces, made symmetric.
"""


def align_by_landmarks(image: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Cut a face out by the least-squares similarity (turn, scale, shift) over STABLE_LANDMARKS.

    Args:
        image: (H, W, 3) RGB.
        landmarks: (468, 2) in pixels of `image`.

    Returns:
        (256, 256, 3) RGB; what lies outside the image repeats its edge.
    """
    return cut_square(image, landmark_alignment(landmarks), CROP_SIZE)


def landmark_alignment(landmarks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (2, 3) similarity from an image to the crop of a face, over its STABLE_LANDMARKS."""
    return fit_similarity(landmarks[list(STABLE_LANDMARKS), :2], CANONICAL_LANDMARKS * CROP_SIZE)


def align_by_keypoints(image: NDArray[np.uint8], keypoints: Keypoints) -> NDArray[np.uint8]:
    """Cut a face out by the detector's eyes and mouth.

    Args:
        image: (H, W, 3) RGB.
        keypoints: In pixels of `image`.

    Returns:
        As `align_by_landmarks`.
    """
    return cut_square(image, keypoint_alignment(keypoints), CROP_SIZE)


def keypoint_alignment(keypoints: Keypoints) -> NDArray[np.float64]:
    """Return the (2, 3) similarity from an image to the crop of a face, over the eyes and the mouth."""
    source = np.array([keypoints.left_eye, keypoints.right_eye, keypoints.mouth], dtype=np.float64)
    return fit_similarity(source, CANONICAL_EYES_AND_MOUTH * CROP_SIZE)


def fit_similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the (2, 3) least-squares similarity from `source` to `target`, both (N, 2).

    Source: with points as complex numbers, target = a * source + b is a linear least-squares problem whose
    solution is a = sum(conj(s) t) / sum(|s|^2) over centered points.
    """
    s, t = source @ (1, 1j), target @ (1, 1j)
    centered = s - s.mean()
    spread = float(np.sum(np.abs(centered) ** 2))
    a = np.sum(np.conj(centered) * (t - t.mean())) / max(spread, 1e-6)
    b = t.mean() - a * s.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def cut_square(image: NDArray[np.uint8], matrix: NDArray[np.float64], size: int) -> NDArray[np.uint8]:
    """Return the (size, size, 3) view of an image that a similarity, (2, 3) from image to view, describes."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.5:  # noqa: PLR2004  shrinking by more than half would skip pixels: average them first
        image, matrix = _shrink_around(image, matrix, scale, size)
    view = cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(view, dtype=np.uint8)


def _shrink_around(
    image: NDArray[np.uint8], matrix: NDArray[np.float64], scale: float, view_size: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Average the part of the image that the view shows down to about the view's own scale."""
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * view_size @ inverse[:, :2].T + inverse[:, 2]
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, [width - 1, height - 1])
    right, bottom = np.clip(
        np.ceil(corners.max(axis=0)).astype(int) + 2, [left + 1, top + 1], [width, height]
    )
    part = image[top:bottom, left:right]
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    ratio = np.array([part.shape[1] / size[0], part.shape[0] / size[1]])
    # A pixel (u, v) of `small` has its center at ((u + 1/2) * ratio - 1/2) + (left, top) in the image.
    to_image = np.array(
        [[ratio[0], 0, (ratio[0] - 1) / 2 + left], [0, ratio[1], (ratio[1] - 1) / 2 + top], [0, 0, 1]]
    )
    return np.asarray(small, dtype=np.uint8), matrix @ to_image
