"""Look at a candidate closely: is it a face, and where exactly are its 468 points?

The network is MediaPipe's face mesh (Y. Kartynnik et al. 2019, "Real-time Facial Surface Geometry from
Monocular Video on Mobile GPUs"; Apache-2.0): 192 x 192 pixels in, 468 points and the presence of a face out,
2 ms. What BlazeFace proposes in cats, moons, doors and tyres has a presence below 1/2, nearly every face one
close to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.faces.face_alignment import cut_square
from classifier.litert import load_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier.types import Box, DetectedFace

_INPUT_SIZE = 192
_VIEW = 1.5
"""Side of what the network sees, in longer sides of the detector's box.

Source: MediaPipe's face landmark graph.
"""


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What the face mesh says of one candidate.

    Attributes:
        points: (468, 3): x and y in pixels of the image, z, the depth, in the same unit, smaller is nearer.
        presence: How much this is a face at all, in 0..1.
    """

    points: NDArray[np.float64]
    presence: float


class LandmarkFinder:
    """The face mesh on LiteRT. Not thread-safe: one a worker.

    Raises:
        ModelError: The weights cannot be read.
    """

    def __init__(self) -> None:
        self._interpreter = load_network("face_landmark.tflite")
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._points, self._presence = (d["index"] for d in self._interpreter.get_output_details())

    def find(self, image: NDArray[np.uint8], face: DetectedFace) -> Landmarks:
        """Look at one candidate, turned so that its eyes are level.

        Args:
            image: (H, W, 3) RGB.
            face: In pixels of `image`.
        """
        matrix = view_of(face, _VIEW, _INPUT_SIZE)
        view = cut_square(image, matrix, _INPUT_SIZE)
        self._interpreter.set_tensor(self._input, view[np.newaxis] * np.float32(1 / 255))
        self._interpreter.invoke()
        seen = self._interpreter.get_tensor(self._points).reshape(-1, 3).astype(np.float64)
        logit = float(self._interpreter.get_tensor(self._presence).ravel()[0])
        return Landmarks(_to_image(seen, matrix), 1 / (1 + float(np.exp(-logit))))


def view_of(face: DetectedFace, times: float, size: int) -> NDArray[np.float64]:
    """Return the (2, 3) similarity from an image to a square view around a face whose eyes are level in it.

    Args:
        face: In pixels of the image.
        times: Side of the view, in longer sides of the face's box.
        size: Side of the view, in pixels.
    """
    (x0, y0), (x1, y1) = face.keypoints.left_eye, face.keypoints.right_eye
    turn = np.exp(-1j * np.arctan2(y1 - y0, x1 - x0))
    a = turn * size / (times * max(face.box.width, face.box.height))
    x, y = _middle(face.box)
    b = complex(size / 2, size / 2) - a * complex(x, y)
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def estimate_yaw(points: NDArray[np.float64]) -> float:
    """Return how far a head is turned to a side, in degrees: 0 is towards the camera, 90 a full profile.

    Args:
        points: (468, 3) as in `Landmarks`.
    """
    across = points[_RIGHT_CHEEK] - points[_LEFT_CHEEK]
    return float(np.degrees(np.arctan2(abs(across[2]), np.hypot(across[0], across[1]))))


_LEFT_CHEEK, _RIGHT_CHEEK = 234, 454  # where the face's outline meets the ears


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def _to_image(seen: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring (468, 3) points of a view back to the image."""
    a, b = complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2])
    flat = (seen[:, 0] + 1j * seen[:, 1] - b) / a
    return np.stack([flat.real, flat.imag, seen[:, 2] / abs(a)], axis=1)
