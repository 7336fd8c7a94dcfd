"""The promotion checks: may a challenger replace the champion? Both are measured on the same test faces."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from classifier.faces.face_alignment import CROP_SIZE
from classifier.model import Model
from training.data.dataset import load_prepared
from training.data.samples import HAPPINESS
from training.errors import TrainingError
from training.evaluation.accuracy_metrics import (
    ROUNDING,
    balanced_accuracy,
    expected_calibration_error,
    widen_to_faces,
)
from training.evaluation.calibration import apply_all
from training.evaluation.inference import Predictor
from training.evaluation.measure import Report, compare, measure, name_sets
from training.fit.warm_start import KERAS_FILE, RESTORE
from training.networks.inputs import resize_faces
from training.networks.keras_files import load_network
from training.release.export import (
    MOST_CALIBRATION_ERROR_ADDED,
    allow_loss,
    answer_with_keras,
    answer_with_litert,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from training.data.dataset import Faces
    from training.evaluation.inference import Predictions

MARGIN = 0.01
"""Balanced accuracy that a challenger may lose on one held-out set. More counts as worse."""

MARGIN_FACES = 2
"""Number of faces of the rarer kind that may be lost. In a small set one face is already more than MARGIN."""

MARGIN_OF_ALL = 0.015
"""On all held-out faces together, the whole 95% interval of the loss must stay below this. A challenger whose
interval contains losses only is refused, however small they are: small losses of many challengers add up."""

LIKELY = 0.05
"""McNemar's p-value. Below it, a loss is hardly chance, and is refused even within the margin."""

MOST_CALIBRATION_ERROR = 0.02
"""Largest calibration error on all held-out faces; the champion's own if that is larger."""

MOST_HELD_BACK = 0.05
"""Share of the held-out happy and sad faces of which a challenger may say "hard to tell" beyond the
champion's share, and of the neutral ones of which it may say it less often."""

MOST_APART = 0.02
"""Largest mean difference of probabilities between the served file and the Keras network that it is from."""

SLOWEST = 1.1
"""CPU time of one face, as a multiple of the champion's. An equal model must pass, though times vary.

The two models take turns, and the median of the rounds' ratios counts: a busy machine slows both down. The
same model against itself came to at most 1.05 in 25 tries, while another training ran on the same two cores.
"""

_ROUNDS, _FACES_A_ROUND = 15, 12  # of the speed measurement; an odd number of rounds has a middle one
_ALL = "test"  # name of the set of all test faces; "test/muxspace" is one source of it


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, whether it passed, and its figures in a sentence."""

    name: str
    passed: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The result for a challenger.

    Attributes:
        champion: Name and version of the model in use.
        challenger: Name and version of the one that would take its place.
        checks: All checks, also those after a failed one.
        before: The champion's figures by held-out set.
        after: The challenger's.
    """

    champion: str
    challenger: str
    checks: tuple[Check, ...]
    before: dict[str, Report]
    after: dict[str, Report]

    @property
    def promoted(self) -> bool:
        """Whether every check passed."""
        return all(check.passed for check in self.checks)


def check_challenger(
    challenger: Path, champion: Path, data_dir: Path, seed: int = 0, slowest: float = SLOWEST
) -> Verdict:
    """Compare two model folders on the test faces of a prepared set.

    Args:
        challenger: A model folder.
        champion: Another.
        data_dir: The prepared set.
        seed: Of the bootstrap.
        slowest: CPU time that the challenger may take, as a multiple of the champion's.

    Raises:
        ModelError: A folder is incomplete.
        TrainingError: There are no happy or sad test faces.
    """
    faces = load_prepared(data_dir)
    held_out = faces.select_split("test")
    if not (held_out.is_happy_or_sad).any():
        raise TrainingError(f"{data_dir} has no happy or sad test faces. Name a set to measure by.")
    predictors = [Predictor(folder) for folder in (champion, challenger)]
    predictions = [predictor.predict_faces(held_out) for predictor in predictors]
    sets = name_sets(held_out)
    # By source as well as all together: a gain on many easy faces must not hide a loss on a small source.
    before, after = (
        {name: measure(one.select(rows), seed) for name, rows in sets.items()} for one in predictions
    )
    checks = [
        check_accuracy(name, predictions[0].select(rows), predictions[1].select(rows), seed)
        for name, rows in sets.items()
        if "count" in after[name]
    ]
    checks.append(check_calibration(before[_ALL]["calibration_error"], after[_ALL]["calibration_error"]))
    checks.append(check_held_back(before[_ALL]["held_back"], after[_ALL]["held_back"]))
    checks.append(_check_quantization(challenger, faces))
    crops = resize_faces(np.asarray(held_out.crops[:_FACES_A_ROUND]), CROP_SIZE)
    champions, own = measure_cpu_seconds([Model(champion), Model(challenger)], crops)
    checks.append(check_speed(champions, own, slowest))
    first, second = (f"{predictor.info.name} {predictor.info.version}" for predictor in predictors)
    return Verdict(first, second, tuple(checks), before, after)


def check_accuracy(name: str, before: Predictions, after: Predictions, seed: int) -> Check:
    """Check that the challenger is no worse on one held-out set, when both must choose happy or sad."""
    comparison = compare(before, after, seed)
    flips = (
        f"{comparison['only_second']} repaired and {comparison['only_first']} lost "
        f"of {comparison['count']} faces"
    )
    # McNemar 1947: only faces on which the two models differ say which is better, so the p-value depends on
    # these two counts alone. Without a difference in count, it says nothing about the direction.
    likely_worse = comparison["only_first"] > comparison["only_second"] and comparison["p_value"] < LIKELY
    if "interval" not in comparison:
        sentence = f"{flips}; McNemar p {comparison['p_value']:.3f}."
        return Check(f"accuracy on {name}", not likely_worse, sentence)
    is_happy = after.is_happy[after.is_happy_or_sad]
    margin = widen_to_faces(MARGIN, MARGIN_FACES, is_happy)
    gained, (low, high) = comparison["balanced_accuracy_gained"], comparison["interval"]
    passed = gained >= -margin - ROUNDING and not likely_worse
    bound = f"a loss of {margin:.1%} is allowed"
    if name == _ALL:
        allowed = max(MARGIN_OF_ALL, margin)
        passed = passed and low >= -allowed and high >= 0
        bound += f"; all of the interval has to lie above {-allowed:.1%}, and not all of it below 0"
    sentence = (
        f"Balanced accuracy {gained:+.2%} [{low:+.2%}, {high:+.2%}], {flips} "
        f"(McNemar p {comparison['p_value']:.3f}); {bound}."
    )
    return Check(f"accuracy on {name}", passed, sentence)


def check_calibration(champions: float, own: float) -> Check:
    """Check that the challenger's confidence is honest, by both models' calibration errors."""
    allowed = max(MOST_CALIBRATION_ERROR, champions)
    sentence = f"ECE {own:.4f}, the champion's {champions:.4f}; {allowed:.4f} is allowed."
    return Check("calibration", own <= allowed, sentence)


def check_held_back(before: Report, after: Report) -> Check:
    """Check that the challenger answers as often where there is an answer, and no more where there is none.

    The accuracies are those of forced answers. They would pass a challenger that says "hard to tell" of
    everybody, and one that never says it.
    """
    names = {"happy_or_sad": "happy or sad faces", "neutral": "neutral ones"}
    allowed = MOST_HELD_BACK + ROUNDING
    more = {kind: after[kind]["share"] - before[kind]["share"] for kind in names if kind in after}
    shares = [
        f"{after[kind]['share']:.1%} of {names[kind]} ({100 * gained:+.1f} points)"
        for kind, gained in more.items()
    ]
    passed = more["happy_or_sad"] <= allowed and more.get("neutral", 0) >= -allowed
    sentence = (
        f'"Hard to tell" to {" and ".join(shares)}; {100 * MOST_HELD_BACK:.0f} points more of the happy or '
        "sad and less of the neutral are allowed."
    )
    return Check("hard to tell", passed, sentence)


def _check_quantization(challenger: Path, faces: Faces) -> Check:
    """Compare the served file with the Keras network that it was made from, on the validation faces."""
    name = "quantization"
    keras_file = challenger / KERAS_FILE
    if not keras_file.exists():
        return Check(name, passed=False, sentence=f"{KERAS_FILE} is missing.")
    chosen = faces.select((faces.splits == "validation") & faces.is_happy_or_sad)
    if not len(chosen):
        return Check(name, passed=False, sentence="There are no validation faces to compare on.")
    info = Model(challenger).info
    batch = resize_faces(chosen.crops, CROP_SIZE)
    is_happy = chosen.plurality == HAPPINESS
    network = load_network(keras_file, RESTORE)
    form = (challenger / info.weights_file).read_bytes()
    of_keras, of_file = (
        apply_all(answers["probability_happy"], info.calibration)
        for answers in (
            answer_with_keras(network, batch, info.input),
            answer_with_litert(form, batch, info.input),
        )
    )
    return check_quantization(of_keras, of_file, is_happy, info.quantization)


def check_quantization(
    of_keras: NDArray[np.float64],
    of_file: NDArray[np.float64],
    is_happy: NDArray[np.bool_],
    quantization: str,
) -> Check:
    """Check from both (N,) probabilities that the file is this Keras network and answers as well."""
    allowed = allow_loss(is_happy)
    lost = balanced_accuracy(of_keras, is_happy) - balanced_accuracy(of_file, is_happy)
    added = expected_calibration_error(of_file, is_happy) - expected_calibration_error(of_keras, is_happy)
    # A file from another network could be as accurate by chance; its probabilities would still differ.
    apart = float(np.mean(np.abs(of_keras - of_file)))
    return Check(
        "quantization",
        lost <= allowed + ROUNDING and added <= MOST_CALIBRATION_ERROR_ADDED and apart <= MOST_APART,
        f"{quantization} loses {lost:+.2%} balanced accuracy against Keras ({allowed:.2%} is "
        f"allowed), adds {added:+.4f} ECE ({MOST_CALIBRATION_ERROR_ADDED} is), and its probabilities are "
        f"{apart:.4f} apart ({MOST_APART} is).",
    )


def check_speed(champions: NDArray[np.float64], own: NDArray[np.float64], slowest: float = SLOWEST) -> Check:
    """Compare the CPU seconds of both models for one face: (R,) each, measured in the same rounds.

    A `slowest` other than `SLOWEST` is a choice for this one challenger; the check's sentence says so.
    """
    # The median of the ratios, not the ratio of the medians: in a slow round both models are slow.
    ratio = float(np.median(own / champions))
    chosen = "" if slowest == SLOWEST else f", by choice, instead of {SLOWEST}"
    return Check(
        "speed",
        ratio <= slowest,
        f"{1000 * np.median(own):.2f} ms of CPU a face, the champion {1000 * np.median(champions):.2f} ms, "
        f"in the middle of {len(own)} rounds {ratio:.2f} times; {slowest} is allowed{chosen}.",
    )


def measure_cpu_seconds(models: list[Model], crops: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return (M, R): CPU seconds for one crop, of each of M models in each of R rounds."""
    for model in models:
        model.answer(crops)  # the first answer also allocates memory
    seconds = np.empty((len(models), _ROUNDS))
    for number in range(_ROUNDS):
        for row, model in enumerate(models):
            started = time.thread_time()  # a model computes on its caller's thread; others are not its cost
            model.answer(crops)
            seconds[row, number] = (time.thread_time() - started) / len(crops)
    return seconds
