"""Thresholds: when a model says "hard to tell". Chosen on held-out faces only."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from classifier.model_info import AbstainRule, Calibration
from training.data.samples import HAPPINESS, NEUTRAL, SADNESS
from training.evaluation.risk_coverage import to_confidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from classifier.model_info import ModelInfo

HELD_BACK = 0.08
"""Share of happy and sad validation faces that both thresholds together may hold back.

Why not less: at 5% the model was sure that a fifth of the people who do not smile in GENKI-4K are happy, at
8% one in fourteen (validation). The price is mostly thumbnails whose raters disagreed; of GENKI-4K's smiles
one or two in a hundred more are held back.
"""

HELD_BACK_BY_CONFIDENCE = 0.01
"""Share of them that the threshold of confidence may hold back, for a network that also gives evidence."""

HELD_BACK_BY_CONFIDENCE_ALONE = 0.05
"""The same for a network that gives none."""

SMALLEST_FACE = 24
"""Smallest side in pixels: a smaller face has under a quarter of the pixels that the network learnt from."""

ENOUGH_FACES = 40
"""Held-out faces of happy, of sad and of neutral each, below which nothing is fitted to them alone.

With fewer there is not one face in the hundredth that the threshold holds back, and a single mistake moves a
confidence of 99% by several points.
"""

CAUTIOUS_CONFIDENCE, CAUTIOUS_EVIDENCE = 0.8, 0.5
"""The least confidence and evidence where too few faces, and no older model, say what to choose."""

FURTHEST_BORDER = 2.0
"""The furthest that few faces may move the border between happy and sad, in logits."""


def choose_abstain_rule(probabilities: NDArray[np.float64], evidence: NDArray[np.float64]) -> AbstainRule:
    """Choose thresholds that hold back few happy and sad faces.

    The same share is held back of the faces called happy and of those called sad, so that a sad face does not
    get "hard to tell" more often. This takes two thresholds: smiles are easier to see, and have more
    evidence.

    Args:
        probabilities: (N,) calibrated, of happy and sad validation faces.
        evidence: (N,) from the network; all 1 when it cannot say.
    """
    confidence = to_confidence(probabilities)
    can_say = bool(np.ptp(evidence) > 0)
    by_confidence = HELD_BACK_BY_CONFIDENCE if can_say else HELD_BACK_BY_CONFIDENCE_ALONE
    minimum_confidence = round(max(0.5, float(np.quantile(confidence, by_confidence))), 4)
    # Evidence may hold back what confidence has left of HELD_BACK, as a share of the faces that remain.
    is_close = confidence < minimum_confidence
    left = max(0.0, HELD_BACK - float(np.mean(is_close))) / max(1e-6, 1 - float(np.mean(is_close)))
    happy, sad = (
        _find_minimum(evidence[called & ~is_close], left) if can_say else 0.0
        for called in (probabilities >= 1 / 2, probabilities < 1 / 2)
    )
    rule = (
        f"The lowest {by_confidence:.1%} of confidence among {len(confidence)} happy and sad validation faces"
    )
    more = f", and of evidence the lowest {left:.1%} of those called happy and of those called sad,"
    return AbstainRule(
        minimum_confidence=minimum_confidence,
        minimum_evidence_happy=happy,
        minimum_evidence_sad=sad,
        minimum_face_pixels=SMALLEST_FACE,
        rule=f"{rule}{more if can_say else ''} are held back.",
    )


def _find_minimum(evidence: NDArray[np.float64], share: float) -> float:
    """Return the threshold below which this share of the faces lies, rounded down to four digits."""
    # Down, so that the face at the border itself is still answered.
    if not evidence.size:
        return 0.0
    return float(np.floor(np.quantile(evidence, share, method="lower") * 1e4) / 1e4)


def count_held_out(plurality: NDArray[np.int64]) -> dict[str, int]:
    """Count the validation faces that calibration and thresholds would rest on, by emotion."""
    kinds = {"happy": HAPPINESS, "sad": SADNESS, "neutral": NEUTRAL}
    return {name: int(np.sum(plurality == emotion)) for name, emotion in kinds.items()}


def is_enough(held_out: Mapping[str, int]) -> bool:
    """Tell whether there are enough validation faces of each kind."""
    return min(held_out.values()) >= ENOUGH_FACES


def fall_back(
    fitted: tuple[Calibration, AbstainRule], held_out: Mapping[str, int], parent: ModelInfo | None
) -> tuple[Calibration, AbstainRule]:
    """Return calibration and thresholds for a model with too few held-out faces to fit them to.

    Args:
        fitted: What these few faces would suggest.
        held_out: How many there are of each kind.
        parent: The model that training started from: its calibration and thresholds are kept. Without a
            parent no answer is made steeper (the temperature is 1 or more), and the thresholds are cautious.
    """
    counts = ", ".join(f"{count} {name}" for name, count in held_out.items())
    why = f"Only {counts} validation faces, fewer than {ENOUGH_FACES} of a kind, are too few to choose by"
    if parent is not None:
        rule = f"{why}: calibration and thresholds are those of {parent.name} {parent.version}."
        return parent.calibration, dataclasses.replace(parent.abstain, rule=rule)
    calibration, rule_of_few = fitted
    # Few faces without a mistake suggest a temperature below 1, which makes every answer surer. That is
    # luck, not knowledge: only the other direction is believed.
    temperature = max(1.0, calibration.temperature)
    # The border between happy and sad stays where these few put it, if that is near the network's own.
    border = calibration.bias * calibration.temperature / temperature
    cautious = Calibration(temperature, float(np.clip(border, -FURTHEST_BORDER, FURTHEST_BORDER)))
    can_say = bool(rule_of_few.minimum_evidence_happy or rule_of_few.minimum_evidence_sad)
    evidence = CAUTIOUS_EVIDENCE if can_say else 0.0
    return cautious, dataclasses.replace(
        rule_of_few,
        minimum_confidence=max(CAUTIOUS_CONFIDENCE, rule_of_few.minimum_confidence),
        minimum_evidence_happy=max(evidence, rule_of_few.minimum_evidence_happy),
        minimum_evidence_sad=max(evidence, rule_of_few.minimum_evidence_sad),
        rule=f"{why}: cautious ones were taken. Add photos of each kind, and train again.",
    )
