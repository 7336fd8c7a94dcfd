"""Find candidates for faces in a photo with BlazeFace.

The detector is the "back camera" model of V. Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face
Detection on Mobile GPUs": 256 x 256 pixels in, 896 anchors out, each with a box, six key points and a score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.litert import build_interpreter, read_network
from classifier.opencv import cv2
from classifier.types import Box, DetectedFace, Keypoints, Point

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INPUT_SIZE = 256  # of the longer side of what the detector sees
_SHORTER_SIDES = (192, 256)
"""The network is convolutional: it need not see the black beside a wide or tall photo. Multiples of the
coarser stride; few of them, as each shape that is met holds 12 MB."""
_STRIDES = ((16, 2), (32, 6))  # (pixels from anchor to anchor, anchors at one place) of the SSD heads
_OVERLAP_OF_ONE_FACE = 0.3  # intersection over union, from MediaPipe's face detection graph


class FaceFinder:
    """BlazeFace on LiteRT. Not thread-safe: one a worker.

    Args:
        minimum_score: Detections scored lower are dropped, in 0..1.

    Raises:
        ModelError: The detector's weights cannot be read.
    """

    def __init__(self, minimum_score: float) -> None:
        self._minimum_logit = float(np.log(minimum_score / (1 - minimum_score)))
        # Read once: a worker that needs a detector of another shape later can open no file any more.
        self._weights = read_network("face_detection_back.tflite")
        square = (_INPUT_SIZE, _INPUT_SIZE)
        self._detectors = {square: _Detector(self._weights, *square)}

    def find(self, image: NDArray[np.uint8]) -> list[DetectedFace]:
        """Find the faces in one look at the whole image.

        Args:
            image: (H, W, 3) RGB.

        Returns:
            The faces, best score first, in pixels of `image`. Boxes may reach over its edges.
        """
        scale = _INPUT_SIZE / max(image.shape[:2])
        small = _shrink_to_look(image, scale)
        points, logits = self._pick_detector(small).detect(small)
        candidates = logits > self._minimum_logit
        if not candidates.any():
            return []
        scores = np.asarray(1 / (1 + np.exp(-logits[candidates])), dtype=np.float32)
        return _merge_overlapping(points[candidates] / np.float32(scale), scores)

    def _pick_detector(self, small: NDArray[np.uint8]) -> _Detector:
        """Take the detector of the smallest shape that holds the picture; built when first needed."""
        height, width = small.shape[:2]
        shorter = next(side for side in _SHORTER_SIDES if side >= min(height, width))
        shape = (shorter, _INPUT_SIZE) if height < width else (_INPUT_SIZE, shorter)
        if shape not in self._detectors:
            self._detectors[shape] = _Detector(self._weights, *shape)
        return self._detectors[shape]


class _Detector:
    """The network for pictures of one shape. One for each shape: changing it takes as long as half a look.

    Args:
        weights: Of the network, as a LiteRT file holds them.
        height: Of what it sees, in pixels; a multiple of 32.
        width: Of what it sees, in pixels; a multiple of 32.

    Raises:
        ModelError: The weights are none of LiteRT.
    """

    def __init__(self, weights: bytes, height: int, width: int) -> None:
        self._interpreter = build_interpreter(weights, [1, height, width, 3])
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._boxes, self._scores = (d["index"] for d in self._interpreter.get_output_details())
        self._anchors = _build_anchors(height, width)
        self._canvas = np.empty((1, height, width, 3), dtype=np.float32)

    def detect(self, small: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Look at a picture that fits.

        Args:
            small: (h, w, 3) RGB, put top left; the rest is black.

        Returns:
            (N, 8, 2) center, size and six key points of each candidate in pixels of `small`, and (N,) logits.
        """
        height, width = small.shape[:2]
        self._canvas.fill(-1)
        self._canvas[0, :height, :width] = small * np.float32(1 / 127.5) - np.float32(1)
        self._interpreter.set_tensor(self._input, self._canvas)
        self._interpreter.invoke()
        points = self._interpreter.get_tensor(self._boxes).reshape(-1, 8, 2)
        points[:, 0] += self._anchors  # center
        points[:, 2:] += self._anchors[:, np.newaxis]  # key points; points[:, 1] is the size
        return points, self._interpreter.get_tensor(self._scores)[0, :, 0]


def _build_anchors(height: int, width: int) -> NDArray[np.float32]:
    """Return the (N, 2) anchor centers in pixels; BlazeFace's anchors have no size of their own."""
    grids = []
    for stride, repeats in _STRIDES:
        y, x = np.meshgrid(*(np.arange(stride / 2, side, stride) for side in (height, width)), indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeats, axis=0))
    return np.concatenate(grids).astype(np.float32)


def _shrink_to_look(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Scale to what the detector sees."""
    height, width = image.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), dtype=np.uint8)


def _merge_overlapping(points: NDArray[np.float32], scores: NDArray[np.float32]) -> list[DetectedFace]:
    """Join the candidates of one face into their mean weighted by score, as MediaPipe's weighted NMS does.

    Args:
        points: (N, 8, 2) center, size and six key points, in pixels.
        scores: (N,) in 0..1.
    """
    corners = np.concatenate([points[:, 0] - points[:, 1] / 2, points[:, 0] + points[:, 1] / 2], axis=1)
    faces = []
    remaining = np.argsort(-scores, kind="stable")
    while remaining.size:
        overlaps = _intersection_over_union(corners[remaining[0]], corners[remaining])
        overlaps[0] = 1.0  # a box of no area must still leave the list
        same = remaining[overlaps > _OVERLAP_OF_ONE_FACE]
        mean = np.average(points[same], axis=0, weights=scores[same])
        faces.append(_build_face(mean, float(scores[remaining[0]])))
        remaining = remaining[overlaps <= _OVERLAP_OF_ONE_FACE]
    return faces


def _intersection_over_union(box: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compare one (4,) box with (N, 4) boxes given as left, top, right, bottom."""
    sides = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    intersection = np.prod(np.clip(sides, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    union = np.prod(box[2:] - box[:2]) + areas - intersection
    return np.asarray(intersection / np.maximum(union, 1e-6), dtype=np.float32)


def _build_face(points: NDArray[np.float32], score: float) -> DetectedFace:
    """Name the eight points of one detection."""
    (x, y), (width, height) = points[0].tolist(), points[1].tolist()
    box = Box(round(x - width / 2), round(y - height / 2), max(1, round(width)), max(1, round(height)))
    left_eye, right_eye, nose, mouth, left_ear, right_ear = (Point(*p) for p in points[2:].tolist())
    return DetectedFace(box, Keypoints(left_eye, right_eye, nose, mouth, left_ear, right_ear), score)
