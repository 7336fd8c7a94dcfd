"""What better models say of the training faces."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier.model_info import load_model_info
from training.cli.pipeline import evaluate_model, export_run, train_network
from training.data.prepared import load_prepared
from training.data.samples import HAPPINESS, SADNESS
from training.errors import TrainingError
from training.evaluation.run import TrialOptions
from training.fit.distillation import ask_teachers
from training.fit.train import SEED_CNN, Hyperparameters
from training.release.model_card import write_model_card

if TYPE_CHECKING:
    from conftest import Prepared

GOOD = Path("models/happy-sad-net")
PLAIN = Path("models/seed-cnn")
EVERY_FACE = {"keep_share": {"*": 1.0}}


def test_emotions_of_the_faces_that_are_drawn(prepared: Prepared) -> None:
    """A distribution over all emotions for each training face, nothing for the others."""
    faces = load_prepared(prepared.folder)
    said = ask_teachers([GOOD], faces, dataclasses.replace(Hyperparameters(), **EVERY_FACE))

    assert said.shape == faces.votes.shape
    learnt = faces.splits == "train"
    np.testing.assert_allclose(said[learnt].sum(axis=1), 1, atol=1e-5)
    assert not said[~learnt].any()


def test_both_kinds_of_answer_come_from_the_same_network(prepared: Prepared) -> None:
    """What the trained part says of happy against sad is what the served network says, before calibration."""
    faces = load_prepared(prepared.folder)
    emotions = ask_teachers([GOOD], faces, dataclasses.replace(Hyperparameters(), **EVERY_FACE))
    happiness = ask_teachers([GOOD], faces, dataclasses.replace(SEED_CNN, **EVERY_FACE))

    learnt = faces.splits == "train"
    margin = np.log(emotions[learnt, HAPPINESS] / emotions[learnt, SADNESS])
    served = np.log(happiness[learnt, 0] / (1 - happiness[learnt, 0]))
    assert np.corrcoef(margin, served)[0, 1] > 0.98


def test_teachers_are_averaged_and_the_plain_network_cannot_teach_emotions(prepared: Prepared) -> None:
    faces = load_prepared(prepared.folder)
    both, good, plain = (ask_teachers(paths, faces, SEED_CNN) for paths in ([GOOD, PLAIN], [GOOD], [PLAIN]))
    np.testing.assert_allclose(both, (good + plain) / 2, atol=1e-6)
    with pytest.raises(TrainingError, match="no happy_sad_net"):
        ask_teachers([PLAIN], faces, Hyperparameters())


def test_a_taught_model_names_its_teachers(
    prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
) -> None:
    """The record of the run, model.json and the card: nobody could repeat the run without."""
    small = dataclasses.replace(tiny_parameters, epochs=1, sizes=((1.0, 16),))
    run, out = tmp_path / "run", tmp_path / "pupil"

    train_network(small, prepared.folder, run, teachers=[GOOD])
    export_run(run, prepared.folder, out, "0.1.0")
    evaluate_model(TrialOptions(out, tmp_path / "evaluation", prepared.folder, splits=("test",), record=True))

    teacher = load_model_info(GOOD)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["teachers"] == [
        {"name": teacher.name, "version": teacher.version, "weights_sha256": teacher.weights_sha256}
    ]
    assert load_model_info(out).training["teachers"] == record["teachers"]
    card = write_model_card(out).read_text(encoding="utf-8")
    assert f"taught by {teacher.name} {teacher.version}" in card
