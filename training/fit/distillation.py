"""Distillation: a network learns from the answers of better models, beside the votes of the raters.

The teacher sees the same changed picture as its pupil. Its answer to the original face would be wrong for a
face that has since been blurred or covered (Beyer et al. 2021, arXiv 2106.05237).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from classifier.model_info import load_model_info
from training.data.samples import HAPPINESS, SADNESS
from training.errors import TrainingError
from training.fit.warm_start import KERAS_FILE, RESTORE
from training.networks.architectures import CORE_SIZE
from training.networks.inputs import network_input, resize_faces
from training.networks.keras_files import load_network
from training.networks.quiet_keras import keras, ops

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray


class Teacher:
    """One or several served `happy_sad_net`; their mean answers.

    Args:
        model_dirs: Model folders that hold the Keras file beside the served one.
        architecture: Of the pupil; it decides the form of the answers.

    Raises:
        TrainingError: A folder holds another kind of network.
    """

    def __init__(self, model_dirs: Sequence[Path], architecture: str) -> None:
        self._trunks = [_load_trunk(path) for path in model_dirs]
        self._is_of_one_answer = architecture == "seed_cnn"

    def answer(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify faces.

        Args:
            crops: (N, S, S, 3) RGB of any size.

        Returns:
            For a `seed_cnn` (N, 1) probabilities of happy against sad, for a `happy_sad_net` (N, 9) of
            EMOTIONS.
        """
        # Asked as it is served, face and mirror image: the mean of the two is what makes it a better model.
        # The logits are averaged, as `happy_sad_net` does it.
        grey = network_input(resize_faces(crops, CORE_SIZE), "happy_sad_net")
        said = [
            trunk.predict_on_batch(view)[1] for trunk in self._trunks for view in (grey, grey[:, :, ::-1])
        ]
        logits = np.mean(said, axis=0)
        if self._is_of_one_answer:
            margin = logits[:, HAPPINESS] - logits[:, SADNESS]
            return np.asarray(1 / (1 + np.exp(-margin)), dtype=np.float32)[:, None]
        return np.asarray(ops.convert_to_numpy(ops.softmax(logits)), dtype=np.float32)


def _load_trunk(model_dir: Path) -> keras.Model:
    """Load the trained part of a served `happy_sad_net`: its features and logits."""
    load_model_info(model_dir)
    served = load_network(model_dir / KERAS_FILE, RESTORE)
    trunks = [layer for layer in served.layers if isinstance(layer, keras.Model)]
    if not trunks:
        raise TrainingError(f"{model_dir} is no happy_sad_net. Only that can teach.")
    return trunks[0]
