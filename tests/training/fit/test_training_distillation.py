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
from training.data.dataset import load_prepared
from training.data.samples import EMOTIONS, HAPPINESS, SADNESS, UNREADABLE
from training.errors import TrainingError
from training.fit.augment import Augmentation
from training.fit.batches import FaceBatches
from training.fit.distillation import Teacher
from training.fit.hyperparameters import SEED_CNN, Hyperparameters
from training.options import Evaluate
from training.release.model_card import write_model_card

if TYPE_CHECKING:
    from conftest import Prepared
    from numpy.typing import NDArray

GOOD = Path("models/happy-sad-net")
PLAIN = Path("models/seed-cnn")


@pytest.fixture(scope="module")
def crops(prepared: Prepared) -> NDArray[np.uint8]:
    return load_prepared(prepared.folder).select_split("train").crops[:12]


def test_both_kinds_of_answer_come_from_the_same_network(crops: NDArray[np.uint8]) -> None:
    """A pupil of one output is told the odds of happy against sad, any other a share for each emotion."""
    emotions = Teacher([GOOD], "happy_sad_net").answer(crops)
    happiness = Teacher([GOOD], "seed_cnn").answer(crops)

    assert emotions.shape == (12, len(EMOTIONS))
    np.testing.assert_allclose(emotions.sum(axis=1), 1, atol=1e-5)
    margin = np.log(emotions[:, HAPPINESS] / emotions[:, SADNESS])
    np.testing.assert_allclose(margin, np.log(happiness[:, 0] / (1 - happiness[:, 0])), atol=1e-2)


@pytest.mark.slow
def test_several_teachers_are_averaged(crops: NDArray[np.uint8]) -> None:
    """One asked twice says what it says once."""
    once, twice = (Teacher(paths, "happy_sad_net").answer(crops) for paths in ([GOOD], [GOOD, GOOD]))
    np.testing.assert_allclose(once, twice, atol=1e-6)


def test_the_plain_network_cannot_teach() -> None:
    """It says nothing of the other emotions."""
    with pytest.raises(TrainingError, match="no happy_sad_net"):
        Teacher([PLAIN], "happy_sad_net")


class Recorder:
    """A teacher that notes what it is shown, and always answers the same."""

    def __init__(self) -> None:
        self.shown: list[NDArray[np.uint8]] = []

    def answer(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Say 1/4 of every face."""
        self.shown.append(crops)
        return np.full((len(crops), 1), 0.25, dtype=np.float32)


def test_a_teacher_sees_the_very_picture_that_its_pupil_does(prepared: Prepared) -> None:
    """Changed in the same way; its answer has its share of the target."""
    faces = load_prepared(prepared.folder).select_split("train")
    parameters = dataclasses.replace(
        SEED_CNN, batch_size=8, teacher_share=0.5, augmentation=Augmentation(masked=0)
    )
    recorder = Recorder()
    votes = np.full((len(faces), 1), 0.75, dtype=np.float32)
    batches = FaceBatches(faces, votes, np.ones(len(faces)), 32, parameters, 0, recorder)

    inputs, targets = batches[0]

    np.testing.assert_allclose(inputs, recorder.shown[0].astype(np.float32) / 127.5 - 1, atol=1e-5)
    np.testing.assert_allclose(targets, 0.5)


@pytest.mark.parametrize(("outputs", "expected"), [(1, [0.5]), (9, np.eye(9)[UNREADABLE])])
def test_of_a_covered_mouth_nothing_is_to_be_told(
    prepared: Prepared, outputs: int, expected: list[float]
) -> None:
    """Neither by the votes nor by a teacher, as neither of them could see it."""
    faces = load_prepared(prepared.folder).select_split("train")
    faces = faces.select(np.isfinite(faces.outlines).all(axis=(1, 2)))
    parameters = dataclasses.replace(SEED_CNN, batch_size=8, augmentation=Augmentation(masked=1.0))
    votes = np.full((len(faces), outputs), 1 / outputs, dtype=np.float32)

    _, targets = FaceBatches(faces, votes, np.ones(len(faces)), 32, parameters, 0)[0]

    np.testing.assert_allclose(targets, np.tile(expected, (8, 1)))


@pytest.mark.slow
def test_a_taught_model_names_its_teachers(
    prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
) -> None:
    """The record of the run, model.json and the card: nobody could repeat the run without."""
    small = dataclasses.replace(tiny_parameters, epochs=1, sizes=((1.0, 16),))
    run, out = tmp_path / "run", tmp_path / "pupil"

    train_network(small, prepared.folder, run, teachers=[GOOD])
    export_run(run, prepared.folder, out, "0.1.0")
    evaluate_model(
        Evaluate(out, data=prepared.folder, split=("test",), out=tmp_path / "evaluation", record=True)
    )

    teacher = load_model_info(GOOD)
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["teachers"] == [
        {"name": teacher.name, "version": teacher.version, "weights_sha256": teacher.weights_sha256}
    ]
    assert load_model_info(out).training["teachers"] == record["teachers"]
    card = write_model_card(out).read_text(encoding="utf-8")
    assert f"taught by {teacher.name} {teacher.version}" in card
