"""Ablation: measure how much each single change of the training helps, with several seeds.

    python -m training ablate happy_sad_net --variants training/ablation.toml --out runs/ablation \
        --epochs 12 --seeds 1 2 3

Trains the base and every variant of the file (`variants.py` explains its format) with each seed, and
compares them on validation faces; the test split is never used. The same command resumes a stopped ablation.
`runs.csv` has one row for each run, `ablation.md` the table for the model card.

Balanced accuracy changes in steps of one face. The negative log-likelihood (NLL) and the area under the ROC
curve also use how sure each answer is, so they can tell smaller differences from chance.
"""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.dataset import hash_prepared, load_prepared
from training.data.samples import HAPPINESS, NEUTRAL, SADNESS
from training.errors import TrainingError
from training.evaluation.accuracy_metrics import (
    balanced_accuracy,
    has_both_kinds,
    negative_log_likelihood,
    roc_auc,
)
from training.evaluation.calibration import CalibrationError, fit_calibration, to_logits
from training.evaluation.measure import HELD_BACK_SHARE
from training.evaluation.risk_coverage import held_back_elsewhere
from training.experiments.ablation_table import Run, format_ablation
from training.fit.augment import Augmentation, augment_face
from training.fit.train import has_same_numbers, train
from training.fit.warm_start import describe_weights
from training.networks.architectures import weigh_evidence
from training.networks.inputs import network_input, resize_faces
from training.networks.quiet_keras import keras
from training.run_log import RunLog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.data.dataset import Faces
    from training.experiments.variants import Variant
    from training.fit.distillation import Teacher
    from training.fit.hyperparameters import Hyperparameters

RUNS, TABLE = "runs.csv", "ablation.md"
_RECORD = "ablation.json"

SPOILT = Augmentation(
    rotation=0, scale=0, shift=0, shear=0,
    color=0.25, gamma=0.7, ramp=0.5, blur=0.025, shrink=0.45, noise=14.0, jpeg=25, cover=0.4,
    chance=0.35,
)  # fmt: skip
"""Turns validation faces into poor photos: three or four changes a face on average.

No rotation, scale, shift or shear: serving aligns every face, so these do not differ between photos."""


@dataclass(frozen=True)
class AblateOptions:
    """The options of `ablate`.

    Attributes:
        variants: The variants to compare, the base first.
        data_dir: A prepared set.
        out_dir: Folder for the runs and both tables.
        seeds: Each variant is trained once with each seed. One run alone says little: another seed can
            change the figures more than the variant does.
    """

    variants: tuple[Variant, ...]
    data_dir: Path
    out_dir: Path
    seeds: tuple[int, ...]


def ablate(options: AblateOptions) -> list[Run]:
    """Train all runs that are missing, and write both tables after every run.

    Raises:
        TrainingError: Two names give the same folder, or the folder holds runs with other hyperparameters.
    """
    folders = {_name_folder(variant.name) for variant in options.variants}
    if len(folders) < len(options.variants):
        raise TrainingError("Two changes have names that differ only in their punctuation. Rename one.")
    runs: list[Run] = []
    # Seed by seed, not variant by variant: a run that is stopped early has compared all variants with some
    # seeds, not some variants with all.
    for seed in options.seeds:
        for variant in options.variants:
            seeded = dataclasses.replace(
                variant, parameters=dataclasses.replace(variant.parameters, seed=seed)
            )
            folder = options.out_dir / _name_folder(variant.name) / f"seed-{seed}"
            runs.append(_run_once(seeded, options.data_dir, folder))
            _write_runs(runs, options.out_dir / RUNS)
            (options.out_dir / TABLE).write_text(format_ablation(runs), encoding="utf-8")
    return runs


def _name_folder(name: str) -> str:
    """Turn the name of a variant into a folder name."""
    return re.sub(r"\W+", "-", name).strip("-").lower()


def _run_once(variant: Variant, data_dir: Path, folder: Path) -> Run:
    """Train and measure one run, or read its figures if it was finished before."""
    record_path = folder / _RECORD
    record = _describe(variant, data_dir)
    if record_path.exists():
        before = json.loads(record_path.read_text(encoding="utf-8"))
        _check_record(before, variant, record, folder)
        if "figures" in before:
            return Run(variant.name, variant.parameters.seed, before["figures"])
    # Written before training: a resumed ablation then knows which run the checkpoint in this folder is from.
    folder.mkdir(parents=True, exist_ok=True)
    record_path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    faces = load_prepared(data_dir)
    network = train(variant.parameters, data_dir, folder, _find_teacher(variant))
    figures = {
        **measure_network(network, variant.parameters, faces.select_split("validation")),
        "weights": network.count_params(),
        "minutes": RunLog(folder).total_minutes(),
    }
    keras.backend.clear_session()  # otherwise the graphs of all runs stay in memory
    record_path.write_text(json.dumps({**record, "figures": figures}, indent=2) + "\n", encoding="utf-8")
    return Run(variant.name, variant.parameters.seed, figures)


def _describe(variant: Variant, data_dir: Path) -> dict[str, Any]:
    """Return the record that identifies a run: hyperparameters, teachers and data."""
    return {
        "change": variant.name,
        "hyperparameters": dataclasses.asdict(variant.parameters),
        "teachers": [describe_weights(path) for path in variant.teachers],
        "manifest_sha256": hash_prepared(data_dir),
    }


def _check_record(before: dict[str, Any], variant: Variant, now: dict[str, Any], folder: Path) -> None:
    """Check that the run in the folder has the same hyperparameters, teachers and data."""
    same = has_same_numbers(before["hyperparameters"], variant.parameters)
    if not same or any(before[key] != now[key] for key in ("teachers", "manifest_sha256")):
        raise TrainingError(
            f"{folder} holds a run with other hyperparameters, teachers or data. "
            "Choose another --out, or remove it."
        )


def _find_teacher(variant: Variant) -> Teacher | None:
    """Load the teacher of a variant, if it has one."""
    if not variant.teachers:
        return None
    from training.fit.distillation import Teacher  # noqa: PLC0415  slow, and only a variant with a teacher needs it

    return Teacher(variant.teachers, variant.parameters.architecture)


def measure_network(network: keras.Model, parameters: Hyperparameters, faces: Faces) -> dict[str, float]:
    """Measure a trained network on validation faces, calibrated on the same faces as in `export`.

    Without calibration a network that is too sure would have a bad NLL, although `export` corrects that.

    Returns:
        "balanced_accuracy", "nll" and "roc_auc" of the happy and sad faces; the same for each source, such as
        "nll/muxspace"; "balanced_accuracy_spoilt" and "nll_spoilt" of the same faces as poor photos; and with
        neutral faces "neutral_held_back", the share of them that is held back when 5% of the happy and sad
        faces are.
    """
    crops = resize_faces(faces.crops, parameters.sizes[-1][1])
    probabilities, evidence = _answer(network, parameters, crops)
    pair, is_happy = faces.is_happy_or_sad, faces.plurality == HAPPINESS
    # Validation sets have few photos of bad cameras, so poor copies stand for them: an augmentation can be
    # useless on clean faces and help a lot on these.
    spoilt, _ = _answer(network, parameters, spoil_faces(faces.select(pair), crops.shape[1]))
    try:
        fitted = fit_calibration(probabilities[pair], is_happy[pair])
        calibrated, spoilt = (
            _sigmoid(to_logits(said) / fitted.temperature + fitted.bias) for said in (probabilities, spoilt)
        )
    except CalibrationError:  # the network learnt nothing: measure its answers as they are
        calibrated = probabilities
    figures = {}
    for source in ("", *sorted(set(faces.sources.tolist()))):
        chosen = pair & ((faces.sources == source) | (not source))  # "" is all sources together
        if has_both_kinds(is_happy[chosen]):
            for name, measure in _FIGURES.items():
                figures[f"{name}/{source}".rstrip("/")] = measure(calibrated[chosen], is_happy[chosen])
    if has_both_kinds(is_happy[pair]):
        for name in ("balanced_accuracy", "nll"):
            figures[f"{name}_spoilt"] = _FIGURES[name](spoilt, is_happy[pair])
    neutral = faces.plurality == NEUTRAL
    if neutral.any():
        held_back = held_back_elsewhere(evidence[pair], evidence[neutral], HELD_BACK_SHARE)
        figures["neutral_held_back"] = held_back
    return figures


_FIGURES = {
    "balanced_accuracy": balanced_accuracy,
    "nll": negative_log_likelihood,
    "roc_auc": roc_auc,
}


def spoil_faces(faces: Faces, size: int) -> NDArray[np.uint8]:
    """Return (N, size, size, 3): the faces as from a poor camera, compressed by a chat, or partly covered.

    The same face is always changed in the same way, so that all networks are measured on the same pictures.
    """
    # The seed of each face is a hash of its pixels, so it does not depend on the other faces.
    names = [hashlib.sha256(crop).digest()[:8] for crop in faces.crops]
    randoms = (np.random.default_rng(int.from_bytes(name)) for name in names)
    spoilt = [
        augment_face(crop, size, SPOILT, random) for crop, random in zip(faces.crops, randoms, strict=True)
    ]
    return np.stack(spoilt)


def _answer(
    network: keras.Model, parameters: Hyperparameters, crops: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (N,) probabilities of happy and (N,) evidence, for (N, S, S, 3) faces of the final size S."""
    inputs = network_input(crops, parameters.architecture)
    # A network whose training diverged answers NaN; 0.5 means "cannot decide".
    said = np.nan_to_num(network.predict(inputs, batch_size=128, verbose=0).astype(np.float64), nan=0.5)
    if parameters.architecture == "seed_cnn":
        return said[:, 0], np.ones(len(said))
    mirrored = network.predict(inputs[:, :, ::-1], batch_size=128, verbose=0).astype(np.float64)
    logits = (said + np.nan_to_num(mirrored, nan=0.5)) / 2  # the served network averages both views, too
    # Softmax. Subtracting the largest logit changes nothing, but keeps exp() from overflowing.
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    # Softmax over happy and sad alone is the sigmoid of the difference of their logits.
    margin = logits[:, HAPPINESS] - logits[:, SADNESS]
    return _sigmoid(margin), weigh_evidence(shares)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn logits into probabilities."""
    return np.asarray(1 / (1 + np.exp(-logits)))


def _write_runs(runs: Sequence[Run], path: Path) -> None:
    """Write one line for each run."""
    names = list(dict.fromkeys(name for run in runs for name in run.figures))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["change", "seed", *names])
        for run in runs:
            writer.writerow([run.change, run.seed, *(run.figures.get(name, "") for name in names)])
