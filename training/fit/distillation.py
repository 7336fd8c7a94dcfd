"""What better models say of the training faces, for a network to learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import ops
from rich.progress import track

from training.errors import TrainingError
from training.evaluation.inference import Judge
from training.fit.batches import draw_weights, network_input, resize_faces
from training.fit.warm_start import KERAS_FILE, RESTORE
from training.networks.architectures import CORE_SIZE
from training.networks.keras_files import load_network

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.data.prepared import Faces
    from training.fit.train import Hyperparameters

_FACES_AT_ONCE = 256


def ask_teachers(
    model_dirs: Sequence[Path], faces: Faces, parameters: Hyperparameters
) -> NDArray[np.float32]:
    """Return what the teachers say, on average, of the faces that will be drawn, for the whole set.

    For `seed_cnn`: (N, 1) calibrated probabilities of happy, as the models are served. For `happy_sad_net`:
    (N, 9) probabilities of each of EMOTIONS, as the votes are.

    Raises:
        TrainingError: A teacher of `happy_sad_net` is another kind of network.
    """
    drawn = (faces.splits == "train") & (draw_weights(faces, parameters) > 0)
    shown = faces.select(drawn)
    ask = _read_happiness if parameters.architecture == "seed_cnn" else _read_emotions
    opinions = [ask(path, shown) for path in model_dirs]
    answers = np.zeros((len(faces), opinions[0].shape[1]), dtype=np.float32)
    answers[drawn] = np.mean(opinions, axis=0)
    return answers


def _read_happiness(model_dir: Path, faces: Faces) -> NDArray[np.float32]:
    """Let a model judge faces as it is served."""
    return Judge(model_dir).judge_faces(faces).probabilities[:, None].astype(np.float32)


def _read_emotions(model_dir: Path, faces: Faces) -> NDArray[np.float32]:
    """Let the trained part of a served `happy_sad_net` judge faces, as they are and mirrored."""
    served = load_network(model_dir / KERAS_FILE, RESTORE)
    trunks = [layer for layer in served.layers if isinstance(layer, keras.Model)]
    if not trunks:
        raise TrainingError(f"{model_dir} is no happy_sad_net. Only that can teach a happy_sad_net.")
    answers = []
    for start in track(range(0, len(faces), _FACES_AT_ONCE), f"Asking {model_dir.name}"):
        crops = resize_faces(faces.crops[start : start + _FACES_AT_ONCE], CORE_SIZE)
        grey = network_input(crops, "happy_sad_net")
        logits = [trunks[0](view, training=False)[1] for view in (grey, grey[:, :, ::-1])]
        answers.append(ops.convert_to_numpy(ops.softmax((logits[0] + logits[1]) / 2)))
    return np.concatenate(answers)
