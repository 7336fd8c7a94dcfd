"""The networks. Backend-neutral Keras 3: nothing here knows TensorFlow from JAX or PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.samples import EMOTIONS, HAPPINESS, NEUTRAL, SADNESS, UNREADABLE
from training.networks.quiet_keras import keras, layers, ops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

INPUT_SIZE = 256
CORE_SIZE = 48
"""Side to which `happy_sad_net` shrinks its input: the faces of FER+, its largest source, have 48 pixels."""

LUMA = (0.299, 0.587, 0.114)
"""Weights of R, G and B in brightness. Source: ITU-R BT.601."""


SEED_FILTERS = (16, 32, 16)
SEED_UNITS = 256
"""Filters of the three convolutions of `seed_cnn`, and units of its dense layer."""


def seed_cnn(dtype: str | None = None) -> keras.Model:
    """Build the plain network, the baseline: 3,696,625 weights, probability of happy out.

    Args:
        dtype: Of the weights and the arithmetic; None is Keras's default, float32.

    Input: (N, 256, 256, 3) float32, pixels scaled as the model's `model.json` says. Output: (N, 1) in 0..1.
    """
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="crop")
    x = inputs
    # The side shrinks from 256 over 254, 127, 125, 62 and 60 to 30: no padding, and pooling halves it.
    for filters in SEED_FILTERS:
        x = layers.Conv2D(filters, 3, strides=1, activation="relu", dtype=dtype)(x)
        x = layers.MaxPooling2D(2, dtype=dtype)(x)
    # 30 x 30 x 16 values to each of 256 units: nearly all of the weights are here. Every place of the face
    # has weights of its own, so this network must learn the same smile anew at each place.
    x = layers.Flatten(dtype=dtype)(x)
    x = layers.Dense(SEED_UNITS, activation="relu", dtype=dtype)(x)
    outputs = layers.Dense(1, activation="sigmoid", name="probability_happy", dtype=dtype)(x)
    return keras.Model(inputs, outputs, name="seed_cnn")


def emotion_core(
    widths: tuple[int, ...] = (24, 48, 96, 192),
    dropout: float = 0.4,
    bottlenecks: tuple[int, ...] = (),
) -> keras.Model:
    """Build the part of `happy_sad_net` that is trained: grey faces in, a logit for each of EMOTIONS out.

    A stem at full size, then a residual block with squeeze-and-excitation at each halved size, global average
    pooling and a linear head, so that the class activation map is one more matrix product (Zhou et al. 2016,
    arXiv 1512.04150). The input is standardized by its own mean and deviation: exposure does not matter.

    Args:
        widths: Filters at each size.
        dropout: Of the pooled features.
        bottlenecks: How many more blocks follow at each halved size; a size that is not named has none. The
            blocks change nothing at first, so a trained network can be made deeper (`deepen`).

    Input: (N, S, S, 1) with S a multiple of 8, any scale. Outputs: "logits" (N, 9), "features"
    (N, S/8, S/8, widths[-1]).
    """
    inputs = keras.Input((None, None, 1), name="grey")
    x = _standardize(inputs)
    x = _convolve(x, widths[0])
    for stage, width in enumerate(widths[1:]):
        x = layers.MaxPooling2D(2)(x)
        x = _residual_block(x, width)
        for number in range(bottlenecks[stage] if stage < len(bottlenecks) else 0):
            x = _bottleneck(x, width, f"{_BOTTLENECK}_{stage}_{number}")
    features = layers.Activation("linear", name="features")(x)
    # The mean over all places, instead of flattening: it does not matter where in the crop a smile is, and
    # the weights fit every input size. So training can begin on small faces and end on large ones.
    x = layers.GlobalAveragePooling2D()(features)
    x = layers.Dropout(dropout)(x)
    logits = layers.Dense(len(EMOTIONS), name="logits")(x)
    return keras.Model(inputs, logits, name="emotion_core")


def _standardize(x: keras.KerasTensor) -> keras.KerasTensor:
    """Give each image mean 0 and deviation 1."""
    x = x - ops.mean(x, axis=(1, 2), keepdims=True)
    variance = ops.mean(ops.square(x), axis=(1, 2), keepdims=True)
    return x * ops.rsqrt(variance + 1e-4)  # an image of one single grey has no deviation to divide by


def _convolve(x: keras.KerasTensor, width: int, activation: str | None = "relu") -> keras.KerasTensor:
    """3x3 convolution, batch normalization, activation."""
    # No bias: the normalization subtracts the mean, and adds a shift that it learns itself.
    x = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    # The averages that serving uses follow the last 30 or so batches. Keras's default of 0.99 follows 100,
    # and would still hold old weights' values when a short run is measured.
    x = layers.BatchNormalization(momentum=0.97)(x)
    return layers.Activation(activation)(x) if activation else x


def _residual_block(x: keras.KerasTensor, width: int) -> keras.KerasTensor:
    """Two convolutions and squeeze-and-excitation beside a 1x1 shortcut (He et al. 2015, Hu et al. 2018)."""
    # The block learns what to add to its input. A 1x1 convolution gives the input the block's number of
    # filters.
    shortcut = layers.Conv2D(width, 1, use_bias=False)(x)
    shortcut = layers.BatchNormalization(momentum=0.97)(shortcut)
    x = _convolve(x, width)
    x = _convolve(x, width, activation=None)
    # Squeeze: one number a filter, from the whole face. Excite: a factor in 0..1 for each filter, so that
    # what is seen in one corner can turn filters up or down everywhere.
    squeeze = layers.GlobalAveragePooling2D(keepdims=True)(x)
    squeeze = layers.Conv2D(max(8, width // 8), 1, activation="relu")(squeeze)
    excite = layers.Conv2D(width, 1, activation="sigmoid")(squeeze)
    return layers.Activation("relu")(x * excite + shortcut)


_BOTTLENECK = "bottleneck"
_LAST_NORMALIZATION = "normalization_2"  # ends the names of those that a block's output goes through


def _bottleneck(x: keras.KerasTensor, width: int, name: str) -> keras.KerasTensor:
    """Half the filters, 3x3, back to all of them, added to what came in (He et al. 2015, figure 5).

    The last normalization begins at 0, so that the block changes nothing before it has learnt (Goyal et al.
    2017, arXiv 1706.02677, section 5.1).
    """
    shortcut = x
    parts = ((width // 2, 1, "ones"), (width // 2, 3, "ones"), (width, 1, "zeros"))
    for part, (filters, side, gamma) in enumerate(parts):
        x = layers.Conv2D(
            filters,
            side,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"{name}_convolution_{part}",
        )(x)
        x = layers.BatchNormalization(
            momentum=0.97, gamma_initializer=gamma, name=f"{name}_normalization_{part}"
        )(x)
        if filters != width:
            x = layers.Activation("relu", name=f"{name}_relu_{part}")(x)
    return layers.Activation("relu", name=f"{name}_out")(layers.Add(name=f"{name}_sum")([x, shortcut]))


def deepen(core: keras.Model, weights: Sequence[NDArray[np.float32]], before: Sequence[int] = ()) -> None:
    """Give an `emotion_core` the weights of one with fewer bottlenecks: it answers the same then.

    Args:
        core: Of the same widths.
        weights: In the order of `get_weights`.
        before: Bottlenecks at each halved size of the network that the weights are from, as for
            `emotion_core`.

    Raises:
        ValueError: The weights are of another shape.
    """
    new = [layer for layer in core.layers if _is_new(layer.name, before)]
    shared = [variable for layer in core.layers if layer not in new for variable in layer.weights]
    shapes = [tuple(variable.shape) for variable in shared]
    if shapes != [values.shape for values in weights]:
        raise ValueError(f"expected weights of the shapes {shapes}")
    for variable, values in zip(shared, weights, strict=True):
        variable.assign(values)
    for layer in new:
        if layer.name.endswith(_LAST_NORMALIZATION):
            for variable in (layer.gamma, layer.beta):
                variable.assign(ops.zeros_like(variable))


def _is_new(name: str, before: Sequence[int]) -> bool:
    """Tell whether a layer is of a bottleneck that a network with `before` of them lacks."""
    if not name.startswith(_BOTTLENECK):
        return False
    stage, number = (int(part) for part in name.split("_")[1:3])
    return number >= (before[stage] if stage < len(before) else 0)


def area_resize_matrix(source: int, target: int) -> NDArray[np.float32]:
    """Return (target, source) weights that average `source` pixels down to `target`, as INTER_AREA does."""
    # Entry (t, s) is the part of source pixel s that lies inside target pixel t. Where the two do not touch
    # the difference is negative, and is clipped to 0.
    edges = np.linspace(0, source, target + 1)
    pixels = np.arange(source)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(overlap, 0, None) * target / source, dtype=np.float32)


NEUTRAL_WEIGHT = 2.0
"""How much more neutral speaks against an answer than any other emotion does: neutral faces are frequent.

Chosen on validation faces, happy-sad-net 1.3.0, of which 4.5% of the happy and sad ones were held back: of
the neutral ones 70% were, instead of 68% with a weight of 1, and of the other emotions 73% instead of 77%. A
weight of 4 gained nothing more and left 65% of the others.
"""


def weigh_evidence(shares: Any) -> Any:
    """Return how much a face is happy or sad at all, in 0..1; neutral counts against it more than once.

    Args:
        shares: (N, 9) probabilities of EMOTIONS, of any backend or numpy.

    Returns:
        (N,) the share of happiness and sadness when neutral is multiplied by NEUTRAL_WEIGHT.
    """
    either = shares[:, HAPPINESS] + shares[:, SADNESS]
    return either / (1 + (NEUTRAL_WEIGHT - 1) * shares[:, NEUTRAL])


def happy_sad_net(core: keras.Model) -> keras.Model:
    """Wrap a trained `emotion_core` into the network that is served.

    Every face is looked at twice, as it is and mirrored, and the logits are averaged: a photo and its mirror
    image get the same answer, and the average errs less than either.

    Input: (N, 256, 256, 3) uint8 RGB. Outputs, by name: "probability_happy" (N, 1), the sigmoid of the
    happiness logit less the sadness logit; "evidence" (N, 1), see `weigh_evidence`; "unreadable" (N, 1), the
    share of that class; "activation_map" (N, 6, 6), what speaks for happy (above 0) and for sad (below 0):
    its mean plus a constant is the margin between the two logits.
    """
    # Grey, scale and size are made inside the model, so nobody who runs it can prepare a face differently
    # from training. Two matrix products average the pixels as OpenCV's INTER_AREA does, on every backend.
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), dtype="uint8", name="crop")
    grey = ops.dot(ops.cast(inputs, "float32"), ops.convert_to_tensor(np.array(LUMA, np.float32) / 255))
    weights = area_resize_matrix(INPUT_SIZE, CORE_SIZE)
    small = ops.matmul(ops.matmul(ops.convert_to_tensor(weights), grey), ops.convert_to_tensor(weights.T))
    trunk = keras.Model(core.inputs, [core.get_layer("features").output, core.output])
    features, logits = trunk(small[..., None])
    mirrored_features, mirrored_logits = trunk(ops.flip(small, axis=2)[..., None])
    # The features of the mirrored view are flipped back, so that both maps show the face the same way round.
    features = (features + ops.flip(mirrored_features, axis=2)) / 2
    logits = (logits + mirrored_logits) / 2
    kernel = core.get_layer("logits").kernel
    direction = (kernel[:, HAPPINESS] - kernel[:, SADNESS])[:, None]
    activation_map = ops.matmul(features, direction)[..., 0]
    # Between two classes the softmax is the sigmoid of their difference: the other seven emotions cancel out.
    # They come back in `evidence`, which says whether happy or sad is the question at all.
    margin = logits[:, HAPPINESS] - logits[:, SADNESS]
    shares = ops.softmax(logits)
    evidence = weigh_evidence(shares)
    outputs = {
        "probability_happy": ops.sigmoid(margin)[:, None],
        "evidence": evidence[:, None],
        "unreadable": shares[:, UNREADABLE][:, None],
        "activation_map": activation_map,
    }
    return keras.Model(inputs, outputs, name="happy_sad_net")
