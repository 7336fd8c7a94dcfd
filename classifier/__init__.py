"""Bytes of a photo in, a Prediction out: which faces there are and whether each looks happy or sad.

Names are loaded when they are first used: a process that only hands photos to a `ClassifierPool` never loads
OpenCV and LiteRT itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier.model_info import ModelInfo, load_model_info
    from classifier.predictor import Classifier
    from classifier.types import (
        Box,
        BusyError,
        ClassifierError,
        DeadlineExceededError,
        Doubt,
        Emotion,
        Face,
        ImageError,
        ImageLimits,
        Keypoints,
        ModelError,
        Point,
        Prediction,
        WorkerError,
        WorkerLostError,
        WorkerUnavailableError,
    )
    from classifier.workers.worker_pool import Classification, ClassifierPool, PoolOptions

__all__ = [
    "Box",
    "BusyError",
    "Classification",
    "Classifier",
    "ClassifierError",
    "ClassifierPool",
    "DeadlineExceededError",
    "Doubt",
    "Emotion",
    "Face",
    "ImageError",
    "ImageLimits",
    "Keypoints",
    "ModelError",
    "ModelInfo",
    "Point",
    "PoolOptions",
    "Prediction",
    "WorkerError",
    "WorkerLostError",
    "WorkerUnavailableError",
    "load_model_info",
]

_HOME = {
    "Classifier": "predictor",
    "ClassifierPool": "workers.worker_pool",
    "Classification": "classification",
    "ModelInfo": "model_info",
    "PoolOptions": "workers.worker_pool_options",
    "load_model_info": "model_info",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the file that defines it."""
    if name not in __all__:
        raise AttributeError(f"module 'classifier' has no attribute {name!r}")
    return getattr(importlib.import_module(f"classifier.{_HOME.get(name, 'types')}"), name)
