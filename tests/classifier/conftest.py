"""A small model with known answers, and the one face of the tests."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage import data

from classifier.model_info import AbstainRule, ModelInfo, ModelInput
from classifier.predictor import Classifier
from classifier.workers.worker_process import _Child

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """Eileen Collins, NASA, public domain: (512, 512, 3) RGB."""
    return data.astronaut()


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model to which bright crops are happy, dark ones sad, and only bright and dark ones are evidence."""
    import keras  # slow to import
    import tensorflow as tf

    crops = keras.Input((256, 256, 3), name="crops")
    brightness = keras.layers.Conv2D(1, 1, name="weigh")(keras.layers.AveragePooling2D(32)(crops))
    logit = keras.layers.GlobalAveragePooling2D()(brightness)
    model = keras.Model(
        crops,
        {
            "probability_happy": keras.layers.Activation("sigmoid")(logit),
            "evidence": keras.layers.Activation("tanh")(keras.layers.Dot(1)([logit, logit])),
            "activation_map": keras.layers.Reshape((8, 8))(brightness),
        },
    )
    model.get_layer("weigh").set_weights([np.full((1, 1, 3, 1), 8 / 3), np.array([-4.0])])
    weights = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    info = ModelInfo(
        name="bright-is-happy",
        version="1.0.0",
        architecture="none",
        created="2026-01-01",
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        input=ModelInput(type="float32", scale=1 / 255),
        abstain=AbstainRule(
            minimum_confidence=0.6,
            minimum_evidence_happy=0.1,
            minimum_evidence_sad=0.1,
            minimum_face_pixels=24,
        ),
    )
    folder = tmp_path_factory.mktemp("models") / info.name
    folder.mkdir()
    (folder / info.weights_file).write_bytes(weights)
    (folder / "model.json").write_text(info.to_json(), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def classifier(model_dir: Path) -> Classifier:
    return Classifier.load(model_dir)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once a worker has said that it has all of a photo, or of whatever else it is to do."""
    taken, hand_over = asyncio.Event(), _Child._hand_over

    async def hand_over_and_tell(child: _Child, request: bytes) -> None:
        await hand_over(child, request)
        taken.set()

    monkeypatch.setattr(_Child, "_hand_over", hand_over_and_tell)
    return taken
