"""Measure a model folder on faces it was not trained on.

    python -m training evaluate models/happy-sad-net --data data/prepared
    python -m training evaluate models/happy-sad-net --source ferplus.zip --usage PrivateTest
    python -m training evaluate models/happy-sad-net --source my_photos/ --against models/seed-cnn

The model runs on LiteRT through the classifier, as in the bot. Happy or sad is what most raters said; faces
of other emotions only tell how often the model holds back. Answers are forced unless a figure says otherwise.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.model_info import FILE_NAME, load_model_info
from training.data.samples import NEUTRAL, UNREADABLE
from training.evaluation.accuracy_metrics import (
    accuracy,
    balanced_accuracy,
    balanced_accuracy_interval,
    bootstrap_interval,
    brier_score,
    confusion,
    expected_calibration_error,
    has_both_kinds,
    is_right,
    negative_log_likelihood,
    roc_auc,
    says_happy,
    scores_by_class,
    wilson_interval,
)
from training.evaluation.inference import mirror, remove_color
from training.evaluation.risk_coverage import (
    area_under_risk,
    coverage_at_accuracy,
    held_back_elsewhere,
    risk_coverage,
    to_confidence,
)
from training.evaluation.significance import balanced_accuracy_difference, mcnemar_test

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.data.dataset import Faces
    from training.data.samples import Sample
    from training.evaluation.inference import Predictions, Predictor

TARGET_ACCURACY = 0.99
HELD_BACK_SHARE = 0.05
"""Of happy and sad faces: at this share models are compared by how many neutral ones they hold back."""
Report = dict[str, Any]


def name_sets(faces: Faces) -> dict[str, NDArray[np.bool_]]:
    """Name what is measured on a prepared set: every split, then every split by source."""
    # By source, too: sources differ in cameras, people and raters, and one figure over all would only tell
    # how many faces each of them has.
    sets = {}
    for split in ("test", "validation", "train"):
        of_split = faces.splits == split
        if not of_split.any():
            continue
        sets[split] = of_split
        for source in sorted(set(faces.sources[of_split].tolist())):
            sets[f"{split}/{source}"] = of_split & (faces.sources == source)
    return sets


def measure(predictions: Predictions, seed: int) -> Report:
    """Return every figure of one set, with intervals of 95% and counts."""
    # Accuracy is of faces that raters called happy or sad: of a surprised face there is no right answer.
    # How the model treats all others is told by how often it holds back.
    is_pair = predictions.is_happy_or_sad
    report: Report = {}
    pair = predictions.select(is_pair & predictions.found)
    if len(pair):
        report |= _measure_forced_choice(pair)
        if has_both_kinds(pair.is_happy):
            report |= _measure_both_classes(pair)
            report["intervals"] |= _measure_intervals(pair, seed)
    report["held_back"] = _measure_held_back(predictions.select(predictions.found))
    report |= _measure_neutral(predictions)
    if not predictions.found.all():
        report["photos"] = _measure_photos(predictions.select(is_pair))
    return report


def _measure_forced_choice(pair: Predictions) -> Report:
    """Return the figures that need only to know which answers are right."""
    right = is_right(pair.probabilities, pair.is_happy)
    scores = to_confidence(pair.probabilities)
    answered = ~pair.held_back
    return {
        "count": len(pair),
        "happy": int(pair.is_happy.sum()),
        "sad": int(np.sum(~pair.is_happy)),
        "accuracy": accuracy(pair.probabilities, pair.is_happy),
        "negative_log_likelihood": negative_log_likelihood(pair.probabilities, pair.is_happy),
        "brier_score": brier_score(pair.probabilities, pair.is_happy),
        "calibration_error": expected_calibration_error(pair.probabilities, pair.is_happy),
        "coverage_at_99_percent": coverage_at_accuracy(scores, right, TARGET_ACCURACY),
        "area_under_risk": area_under_risk(risk_coverage(scores, right)),
        "answered": _describe_share(right[answered]),
        "intervals": {"accuracy": wilson_interval(int(right.sum()), len(right))},
    }


def _measure_both_classes(pair: Predictions) -> Report:
    """Return the figures that are only defined where there are both happy and sad faces."""
    classes = scores_by_class(pair.probabilities, pair.is_happy)
    return {
        "balanced_accuracy": balanced_accuracy(pair.probabilities, pair.is_happy),
        "roc_auc": roc_auc(pair.probabilities, pair.is_happy),
        "confusion": confusion(pair.probabilities, pair.is_happy),
        "classes": {
            name: dataclasses.asdict(scores)
            | {"recall_interval": wilson_interval(round(scores.recall * scores.count), scores.count)}
            for name, scores in classes.items()
        },
    }


def _measure_intervals(pair: Predictions, seed: int) -> Report:
    """Return the bootstrap intervals."""
    right = is_right(pair.probabilities, pair.is_happy)
    scores = to_confidence(pair.probabilities)
    return {
        # Not by the bootstrap: drawn from a set without a mistake, every draw is without one, and the
        # interval would have no width.
        "balanced_accuracy": balanced_accuracy_interval(pair.probabilities, pair.is_happy, seed),
        "calibration_error": bootstrap_interval(
            expected_calibration_error, pair.probabilities, pair.is_happy, seed
        ),
        "coverage_at_99_percent": bootstrap_interval(
            lambda drawn, drawn_right: coverage_at_accuracy(drawn, drawn_right, TARGET_ACCURACY),
            scores,
            right,
            seed,
        ),
    }


def _measure_held_back(predictions: Predictions) -> Report:
    """Return how often the model says "hard to tell", by what most raters said."""
    plurality, is_pair = predictions.plurality, predictions.is_happy_or_sad
    groups = {
        "happy_or_sad": is_pair,
        "neutral": plurality == NEUTRAL,
        "other": ~is_pair & (plurality != NEUTRAL) & (plurality != UNREADABLE),
        "unreadable": plurality == UNREADABLE,
    }
    return {
        name: _describe_share(predictions.held_back[chosen])
        for name, chosen in groups.items()
        if chosen.any()
    }


def _measure_neutral(predictions: Predictions) -> Report:
    """Return how often neutral faces are surely called happy or sad, all the same.

    Beside it, where there are happy and sad faces, the share of neutral ones below the evidence that holds
    back 5% of those.
    """
    neutral = predictions.select((predictions.plurality == NEUTRAL) & predictions.found)
    if not len(neutral):
        return {}
    happy = says_happy(neutral.probabilities)
    report: Report = {
        "neutral_called": {
            "happy": _describe_share(happy & ~neutral.held_back),
            "sad": _describe_share(~happy & ~neutral.held_back),
        }
    }
    pair = predictions.evidence[predictions.is_happy_or_sad & predictions.found]
    if pair.size:
        at_5 = held_back_elsewhere(pair, neutral.evidence, HELD_BACK_SHARE)
        report["neutral_held_back_at_5_percent"] = at_5
    return report


def _measure_photos(pair: Predictions) -> Report:
    """Return how often the labelled face of a whole photo was found, and how often it was also right."""
    # A missed face counts as a mistake here: whoever sent the photo got no answer.
    right = is_right(pair.probabilities, pair.is_happy) & pair.found
    return {"main_face_found": _describe_share(pair.found), "found_and_right": _describe_share(right)}


def _describe_share(hits: NDArray[np.bool_]) -> Report:
    """Return a share with its count and interval."""
    return {
        "share": float(hits.mean()) if hits.size else 0.0,
        "count": int(hits.size),
        "interval": wilson_interval(int(hits.sum()), int(hits.size)),
    }


def compare(first: Predictions, second: Predictions, seed: int) -> Report:
    """Compare two models on the same happy and sad faces that both were given."""
    chosen = first.is_happy_or_sad & first.found & second.found
    is_happy = first.is_happy[chosen]
    rights = [is_right(predictions.probabilities[chosen], is_happy) for predictions in (first, second)]
    # Face by face: what is hard for both models cancels out, so even a small difference can be told from
    # chance.
    test = mcnemar_test(*rights)
    report: Report = {"count": len(is_happy), **test._asdict()}
    if has_both_kinds(is_happy):
        difference = balanced_accuracy_difference(rights[0], rights[1], is_happy, seed)
        report["balanced_accuracy_gained"] = difference.value
        report["interval"] = difference.interval
    return report


def measure_agreement(
    predictor: Predictor, predictions: Predictions, crops: NDArray[np.uint8], most: int, seed: int
) -> Report:
    """Return how often a grey and a mirrored copy of a happy or sad face get the same answer.

    Args:
        predictor: The model.
        predictions: What it said of the faces.
        crops: (N, S, S, 3) the faces.
        most: At most so many faces, drawn at random.
        seed: Of the draw.
    """
    candidates = np.flatnonzero(predictions.is_happy_or_sad & predictions.found)
    drawn = np.random.default_rng(seed).permutation(candidates)[:most]
    if not drawn.size:
        return {}
    drawn_crops = np.asarray(crops[np.sort(drawn)])
    plain, _ = predictor.answer(drawn_crops)
    return {
        name: _compare_copies(plain, predictor.answer(change(drawn_crops))[0])
        for name, change in _COPIES.items()
    }


def measure_photo_agreement(
    predictor: Predictor, predictions: Predictions, samples: Sequence[Sample]
) -> Report:
    """Return how often grey and mirrored copies of whole photos get the same answer, faces found anew.

    Args:
        predictor: The model.
        predictions: What it said of the photos; those whose face was found and is happy or sad count.
        samples: The photos.
    """
    chosen = np.flatnonzero(predictions.is_happy_or_sad & predictions.found)
    if not chosen.size:
        return {}
    report: Report = {}
    for name, change in _COPIES.items():
        copies = predictor.predict_copies([samples[index] for index in chosen.tolist()], change)
        both = copies.found
        report[name] = {"face_found": _describe_share(both)}
        if both.any():
            report[name] |= _compare_copies(
                predictions.probabilities[chosen][both], copies.probabilities[both]
            )
    return report


def _compare_copies(plain: NDArray[np.float64], changed: NDArray[np.float64]) -> Report:
    """Return how often two answers are the same, and how far apart the probabilities are."""
    same = says_happy(plain) == says_happy(changed)
    return _describe_share(same) | {
        "mean_difference": float(np.mean(np.abs(plain - changed))),
        "largest_difference": float(np.max(np.abs(plain - changed))),
    }


_COPIES = {"grey": remove_color, "mirrored": mirror}


def record_metrics(model_dir: Path, reports: Mapping[str, Report]) -> None:
    """Write figures into `model.json`; they replace older ones for the same sets."""
    info = load_model_info(model_dir)
    text = dataclasses.replace(info, metrics={**info.metrics, **reports}).to_json()
    (model_dir / FILE_NAME).write_text(text, encoding="utf-8")
