"""How faces are fed to a network: their size, and the range and channels of their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model_info import ModelInput
from classifier.opencv import cv2
from training.networks.architectures import LUMA

if TYPE_CHECKING:
    from numpy.typing import NDArray


CENTERED = ModelInput(scale=1 / 127.5, offset=-1.0)  # how `seed_cnn` is fed: -1..1 trains faster than 0..1


def network_input(crops: NDArray[np.uint8], architecture: str) -> NDArray[np.float32]:
    """Turn (N, S, S, 3) uint8 crops into input for training: (N, S, S, 3), or (N, S, S, 1) in grey."""
    if architecture == "seed_cnn":
        return CENTERED.feed(crops)
    grey = crops.astype(np.float32) @ np.array(LUMA, dtype=np.float32) / 255
    return np.asarray(grey, dtype=np.float32)[..., None]


def resize_faces(crops: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resize (N, S, S, 3) without any other change, as serving does."""
    # Down: the mean of the pixels, or fine detail turns into false patterns. Up: there is nothing to average.
    interpolation = cv2.INTER_AREA if size < crops.shape[1] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(crop, (size, size), interpolation=interpolation) for crop in crops])
