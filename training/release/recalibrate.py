"""Fit the confidence of a finished model to other photos; its weights stay the same."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from classifier.model_info import FILE_NAME, Calibration
from training.data.dataset import load_prepared
from training.data.samples import NEUTRAL
from training.evaluation.calibration import CalibrationError, apply_all, fit_calibration
from training.evaluation.inference import Predictor
from training.evaluation.thresholds import ENOUGH_FACES, choose_abstain_rule, count_held_out, is_enough

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.model_info import ModelInfo


def recalibrate(model_dir: Path, data_dir: Path) -> ModelInfo:
    """Fit calibration and thresholds to the validation faces of a prepared set.

    Args:
        model_dir: The model.
        data_dir: The prepared set.

    Returns:
        The new content of `model.json`, without the figures that were measured before.

    Raises:
        NotPreparedError: There is no prepared set.
        CalibrationError: It has too few validation faces of a kind.
    """
    predictor = Predictor(model_dir)
    faces = load_prepared(data_dir)
    # Neutral faces take part in the count only: happy against sad is calibrated on happy and sad faces.
    is_shown = faces.is_happy_or_sad | (faces.plurality == NEUTRAL)
    predictions = predictor.predict_faces(faces.select((faces.splits == "validation") & is_shown))
    counts = count_held_out(predictions.plurality)
    if not is_enough(counts):
        found = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise CalibrationError(
            f"{data_dir} has {found} validation faces; at least {ENOUGH_FACES} of each are needed. "
            f"{model_dir} stays as it is."
        )
    pair = predictions.select(predictions.is_happy_or_sad)
    further = fit_calibration(pair.probabilities, pair.is_happy)
    before = predictor.info.calibration
    # The probabilities are calibrated already, so the new calibration follows the old one. A calibration is a
    # straight line over logits x, and two lines in a row are one line again:
    # (x / t1 + b1) / t2 + b2 = x / (t1 * t2) + (b1 / t2 + b2).
    calibration = Calibration(
        temperature=before.temperature * further.temperature,
        bias=before.bias / further.temperature + further.bias,
    )
    probabilities = apply_all(pair.probabilities, further)
    info = dataclasses.replace(
        predictor.info,
        calibration=calibration,
        abstain=choose_abstain_rule(probabilities, pair.evidence),
        metrics={},  # they were measured with the old thresholds
    )
    (model_dir / FILE_NAME).write_text(info.to_json(), encoding="utf-8")
    return info
