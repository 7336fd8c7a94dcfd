"""Every number of a training run, and what it is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.fit.augment import Augmentation
from training.networks.architectures import CORE_SIZE, INPUT_SIZE


@dataclass(frozen=True)
class Hyperparameters:
    """Every number of a run. The defaults are those of a `happy_sad_net` from random weights."""

    architecture: str = "happy_sad_net"
    seed: int = 1
    epochs: int = 28
    batch_size: int = 64
    learning_rate: float = 2.5e-3  # at its peak; then down to 0 along a cosine
    warmup_steps: int = 300  # batches in which the learning rate rises from 0 to its peak
    weight_decay: float = 2e-2  # of kernels, not of biases or batch normalization
    patience: int = 0  # epochs without a better validation after which the run stops; 0 runs to the end
    widths: tuple[int, ...] = (24, 48, 96, 192)  # filters of `happy_sad_net` at each size
    bottlenecks: tuple[int, ...] = ()  # more blocks at each halved size, which begin as if not there
    dropout: float = 0.4  # share of the features that each batch must do without
    teacher_share: float = 0.5  # of the targets when taught; the rest are votes
    pair_weight: float = 1.0  # of the happy-against-sad loss beside that over all emotions
    sizes: tuple[tuple[float, int], ...] = ((0.4, 32), (0.75, 40), (1.0, CORE_SIZE))
    # Progressive resizing: up to this share of the epochs, faces of this side. Small faces are cheap and
    # teach the coarse shapes; the last epochs are at the size of serving. Tan & Le 2021, arXiv 2104.00298.
    keep_share: dict[str, float] = field(
        default_factory=lambda: {
            "happiness": 0.7,
            "sadness": 1.0,
            "neutral": 0.7,
            "unreadable": 1.0,
            "*": 0.5,
        }
    )  # share of an emotion's faces drawn in each epoch: what decides happy against sad is seen most
    source_repeats: dict[str, float] = field(
        default_factory=lambda: {"ferplus": 1.0, "muxspace": 1.0, "genki4k": 1.0, "web_photos": 1.5, "*": 3.0}
    )  # a source's name, or source/emotion for some of it
    augmentation: Augmentation = field(default_factory=Augmentation)
    last_layer_only: bool = False  # happy against sad is learnt, all else stays as the teacher says
    mixed_precision: bool = False  # bfloat16 for the arithmetic, float32 for the weights
    jit_compile: bool = True  # XLA: a minute or more of compiling, then faster steps


SECOND_ROUND = Hyperparameters(
    epochs=26,
    learning_rate=1.5e-3,
    warmup_steps=200,
    dropout=0.25,
    sizes=((0.45, 40), (1.0, CORE_SIZE)),
    source_repeats={"ferplus": 1.0, "muxspace": 1.0, "muxspace/sadness": 4.0, "*": 3.0},
    augmentation=Augmentation(rotation=8.0, chance=0.12),
)
"""The numbers with which a trained `happy_sad_net` is trained further. After its first round it errs nearly
as often on faces that it has seen as on others: it does not overfit, so dropout and augmentation are milder.
The few sad faces of muxspace are drawn more often."""

LAST_LAYER_RATE = 4e-4
"""The highest step size where only the last layer learns: gradients are small there, and AdamW, which scales
them, would make large steps of mere noise."""

SEED_CNN = Hyperparameters(
    architecture="seed_cnn",
    epochs=18,
    batch_size=64,
    learning_rate=1.5e-3,
    warmup_steps=300,
    teacher_share=0.6,
    sizes=((1.0, INPUT_SIZE),),
    keep_share={"happiness": 0.8, "sadness": 1.0, "*": 0.0},
    augmentation=Augmentation(
        rotation=4,
        scale=0.07,
        shift=0.03,
        shear=0.03,
        gamma=0.3,
        ramp=0.2,
        noise=6,
        jpeg=50,
        chance=0.12,
        masked=0.04,
    ),
    mixed_precision=True,  # a third faster where the processor knows bfloat16
    jit_compile=False,  # oneDNN beats XLA on large images
)
"""The numbers of the plain network. It has weights for every place, so a face shifted by a few pixels is a
new face to it: its changes are milder. It answers happy or sad only, so it is shown only such faces."""
