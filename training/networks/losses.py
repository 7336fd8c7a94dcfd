"""The losses: what training makes small."""

from __future__ import annotations

from typing import Any

from training.data.samples import HAPPINESS, SADNESS
from training.networks.quiet_keras import keras, ops


def votes_loss(votes: Any, logits: Any, pair_weight: float = 1.0) -> Any:
    """Return the cross-entropy to the votes, plus a cross-entropy of happy against sad.

    The first is the "probability loss" of Barsoum et al. 2016, arXiv 1608.01041.

    Args:
        votes: (N, 9) share of the raters for each of EMOTIONS.
        logits: (N, 9) of the network.
        pair_weight: Of the second loss beside the first.

    Returns:
        (N,) losses.
    """
    # The votes themselves are the target, not the emotion with most votes: of ten raters four may have said
    # "sad", and a network that is pushed to 100% "neutral" learns to be surer than people are.
    log_probabilities = ops.log_softmax(logits)
    over_all = -ops.sum(votes * log_probabilities, axis=-1)
    happy, sad = votes[:, HAPPINESS], votes[:, SADNESS]
    margin = logits[:, HAPPINESS] - logits[:, SADNESS]
    # softplus(-m) is -log(sigmoid(m)), but never takes the logarithm of 0. The votes for happy and for sad
    # are its weights: a face that nobody called either teaches nothing about the border between the two.
    pair = happy * ops.softplus(-margin) + sad * ops.softplus(margin)
    return over_all + pair_weight * pair


@keras.saving.register_keras_serializable("training")
class PairedVotesLoss(keras.losses.Loss):
    """`votes_loss` with its weight, so that a checkpoint carries it."""

    def __init__(self, pair_weight: float = 1.0, name: str = "votes_loss", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.pair_weight = pair_weight

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return (N,) losses."""
        return votes_loss(y_true, y_pred, self.pair_weight)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` takes."""
        return {"pair_weight": self.pair_weight, "name": self.name}
