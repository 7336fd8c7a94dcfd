"""One evaluation from beginning to end: classify, measure, compare, write down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data.contact_sheet import refuse_inside_repository
from training.data.dataset import hash_prepared, load_prepared
from training.data.near_duplicates import hash_face, is_near_duplicate_of_any
from training.data.sources import UnknownLayoutError, read_source
from training.evaluation.inference import Predictions, Predictor
from training.evaluation.measure import (
    Report,
    compare,
    measure,
    measure_agreement,
    measure_photo_agreement,
    name_sets,
    record_metrics,
)
from training.evaluation.mistakes import draw_worst
from training.evaluation.plots import draw_evaluation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.data.samples import Sample
    from training.options import Evaluate

AGREEMENT_FACES = 500
_PLOTS = "plots"


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        model: Name and version.
        data: What was classified: a name, and a hash where there is one.
        reports: Figures by set.
        comparisons: With the other model, by set; empty without one.
        agreement: Of grey and mirrored copies; empty when not asked for.
    """

    model: str
    data: dict[str, Any]
    reports: dict[str, Report]
    comparisons: dict[str, Report] = field(default_factory=dict)
    agreement: Report = field(default_factory=dict)


@dataclass(frozen=True)
class _Material:
    """What one run measures: each model's answers, the crops, the rows of each set, a source's samples."""

    predictions: list[Predictions]
    crops: NDArray[np.uint8]
    sets: Mapping[str, NDArray[np.bool_]]
    data: dict[str, Any]
    samples: Sequence[Sample] = ()


def run_evaluation(options: Evaluate) -> Evaluation:
    """Classify, measure and write `report.json`, plots and what else the options ask for.

    Raises:
        ModelError: A model folder is incomplete.
        NotPreparedError: The prepared set is missing.
        UnknownLayoutError: The source is missing, of another layout or without a picture of the parts.
        InsideRepositoryError: A picture with faces was to be written into the repository.
    """
    if options.worst is not None:  # at once, not after minutes of work
        refuse_inside_repository(options.worst)
    predictors = [Predictor(path) for path in (options.model_dir, options.against) if path is not None]
    material = (
        _predict_prepared(predictors, options)
        if options.source is None
        else _predict_source(predictors, options)
    )
    first = material.predictions[0]
    evaluation = Evaluation(
        model=f"{predictors[0].info.name} {predictors[0].info.version}",
        data=material.data,
        reports={name: measure(first.select(rows), options.seed) for name, rows in material.sets.items()},
        comparisons={
            name: {"against": f"{predictors[1].info.name} {predictors[1].info.version}"}
            | compare(material.predictions[1].select(rows), first.select(rows), options.seed)
            for name, rows in (material.sets if len(predictors) > 1 else {}).items()
        },
        agreement=_measure_copies(predictors[0], material, options.seed) if options.robustness else {},
    )
    _write(evaluation, material, options)
    return evaluation


def _measure_copies(predictor: Predictor, material: _Material, seed: int) -> Report:
    """Classify grey and mirrored copies: of whole photos end to end, of faces after cutting."""
    predictions, crops, samples = material.predictions[0], material.crops, material.samples
    if samples:
        (kept,) = material.sets.values()
        predictions, crops = predictions.select(kept), crops[kept]
        samples = [sample for sample, is_kept in zip(samples, kept, strict=True) if is_kept]
    photos = [sample for sample in samples if sample.framing == "photo"]
    if photos and len(photos) == len(samples):
        return measure_photo_agreement(predictor, predictions, photos)
    return measure_agreement(predictor, predictions, crops, AGREEMENT_FACES, seed)


def _predict_prepared(predictors: Sequence[Predictor], options: Evaluate) -> _Material:
    """Classify the chosen splits of a prepared set."""
    faces = load_prepared(options.data)
    faces = faces.select(np.isin(faces.splits, options.split))
    if not len(faces):
        raise UnknownLayoutError(
            f"{options.data} has no faces in {', '.join(options.split)}. Choose another split."
        )
    data = {"prepared": options.data.name, "manifest_sha256": hash_prepared(options.data)}
    return _Material(
        [predictor.predict_faces(faces) for predictor in predictors], faces.crops, name_sets(faces), data
    )


def _predict_source(predictors: Sequence[Predictor], options: Evaluate) -> _Material:
    """Classify the pictures of an archive or folder."""
    samples = choose_samples(options)
    looked = [predictor.predict_samples(samples) for predictor in predictors]
    crops = looked[0][1]
    label = samples[0].source
    if label == "ferplus":
        label = f"{label} {'+'.join(options.usage)}"
    # Photos travel between data sets: a test face that is also a training face would be recognized, not
    # classified.
    kept = np.ones(len(samples), dtype=bool)
    if options.unlike is not None:
        kept = ~_find_trained_on(crops, options.unlike)
    data = {"source": label, "pictures": len(samples), "left_out_as_near_duplicates": int(np.sum(~kept))}
    return _Material([predictions for predictions, _ in looked], crops, {label: kept}, data, samples)


def choose_samples(options: Evaluate) -> list[Sample]:
    """List the pictures of the source that are to be classified.

    Raises:
        UnknownLayoutError: There are none.
    """
    if options.source is None:
        return []
    samples = read_source(options.source, dict.fromkeys(options.usage, "test"))
    reviewed = [sample for sample in samples if sample.main_face is not None]
    # Labels that are only folder names are wrong now and then, and a mistake of the label counts as one of
    # the model.
    if reviewed and not options.unreviewed:
        samples = reviewed
    if not samples:
        raise UnknownLayoutError(
            f"{options.source} has no labelled pictures (parts asked for: {', '.join(options.usage)}). "
            "FER+ calls its parts Training, PublicTest and PrivateTest."
        )
    return samples


def _find_trained_on(crops: NDArray[np.uint8], prepared_dir: Path) -> NDArray[np.bool_]:
    """Return (N,) which crops are copies of faces that a prepared set trains with."""
    faces = load_prepared(prepared_dir).select_split("train")
    trained = np.stack([hash_face(crop) for crop in faces.crops])
    return is_near_duplicate_of_any(np.stack([hash_face(crop) for crop in crops]), trained)


def _write(evaluation: Evaluation, material: _Material, options: Evaluate) -> None:
    """Write the report, the plots and, if asked for, the worst mistakes and the model's own record."""
    options.out_dir.mkdir(parents=True, exist_ok=True)
    report = {
        "model": evaluation.model,
        "data": evaluation.data,
        "seed": options.seed,
        "sets": evaluation.reports,
        "comparisons": evaluation.comparisons,
        "agreement": evaluation.agreement,
    }
    (options.out_dir / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    for name, rows in material.sets.items():
        predictions = material.predictions[0].select(rows)
        draw_evaluation(predictions, f"{evaluation.model} on {name}", options.out_dir / _PLOTS / name)
    of_first_set = next(iter(material.sets.values()))
    if options.worst is not None:
        draw_worst(material.predictions[0].select(of_first_set), material.crops[of_first_set], options.worst)
    if options.record:
        record_metrics(options.model_dir, evaluation.reports)
