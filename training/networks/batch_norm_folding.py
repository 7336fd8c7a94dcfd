"""Train the plain network with batch normalization, and take that out again.

Batch normalization makes training faster, but `seed_cnn` is specified without it. Once training is over, a
normalization is only a scale and a shift of each filter. Both can be multiplied into the filter: the layer is
gone, and the network gives the same answers. This also works after pooling, as long as the scale is above 0:
the largest of four values stays the largest.

A run that starts from a served model trains without normalization: its statistics are no longer in the
weights.

Source: Jacob et al. 2018, arXiv 1712.05877, section 3.2 (folding); Ding et al. 2021, arXiv 2101.03697 (a
network of one form trained in another).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.networks.architectures import INPUT_SIZE, SEED_FILTERS, SEED_UNITS, seed_cnn
from training.networks.quiet_keras import keras, layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EPSILON = 1e-3  # the default of Keras, named here because `fold` must add the same number


def seed_cnn_in_training(dropout: float = 0.0, dtype: str | None = None) -> keras.Model:
    """Build `seed_cnn` in the form that is trained: normalized before each ReLU, with dropout.

    Args:
        dropout: Share of the dense layer's outputs that is dropped; half as much of its inputs.
        dtype: Keras's dtype policy, such as "mixed_bfloat16"; None is the default one.

    Returns:
        Input and output are those of `seed_cnn`.
    """
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="crop")
    x = inputs
    for filters in SEED_FILTERS:
        x = layers.Conv2D(filters, 3, use_bias=False, kernel_initializer="he_normal", dtype=dtype)(x)
        x = layers.MaxPooling2D(2, dtype=dtype)(x)  # before the ReLU: the same, on a quarter of the values
        x = _normalize(x, dtype)
    x = layers.Flatten(dtype=dtype)(x)
    x = layers.Dropout(dropout / 2, dtype=dtype)(x)
    x = layers.Dense(SEED_UNITS, use_bias=False, kernel_initializer="he_normal", dtype=dtype)(x)
    x = _normalize(x, dtype)
    x = layers.Dropout(dropout, dtype=dtype)(x)
    outputs = layers.Dense(1, activation="sigmoid", name="probability_happy")(x)
    return keras.Model(inputs, outputs, name="seed_cnn_in_training")


def _normalize(x: keras.KerasTensor, dtype: str | None) -> keras.KerasTensor:
    """Batch normalization and ReLU. It learns no scale: the weights of the next layer can be that scale."""
    x = layers.BatchNormalization(momentum=0.97, epsilon=_EPSILON, scale=False, dtype=dtype)(x)
    return layers.ReLU(dtype=dtype)(x)


def fold(trained: keras.Model) -> keras.Model:
    """Return the `seed_cnn` that answers as the trained form does. A `seed_cnn` is returned unchanged."""
    if trained.name == "seed_cnn":
        return trained
    normalizations = [layer for layer in trained.layers if isinstance(layer, layers.BatchNormalization)]
    learnt = [layer for layer in trained.layers if isinstance(layer, (layers.Conv2D, layers.Dense))]
    weights: list[NDArray[np.float32]] = []
    # Normalized: (w·x - mean) / sqrt(variance + epsilon) + shift. That is w'·x + b' with
    # w' = w / sqrt(variance + epsilon) and b' = shift - mean / sqrt(variance + epsilon).
    # A kernel has its filters on the last axis, so one multiplication scales every filter by its own number.
    for layer, normalization in zip(learnt, normalizations, strict=False):  # the last layer has none
        shift, mean, variance = normalization.get_weights()
        scale = 1 / np.sqrt(variance + _EPSILON)
        weights += [layer.get_weights()[0] * scale, shift - mean * scale]
    plain = seed_cnn()
    plain.set_weights([*weights, *learnt[-1].get_weights()])
    return plain
