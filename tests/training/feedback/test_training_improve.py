"""From champion and corrections to a challenger."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from training_people import build_honest, build_lies, write_sealed

from classifier.model import Model
from classifier.model_info import load_model_info
from training.__main__ import main
from training.cli.pipeline import train_network
from training.data.concatenate import Part, concatenate_prepared
from training.data.dataset import load_prepared, read_manifest
from training.data.samples import HAPPINESS, SADNESS
from training.errors import TrainingError
from training.feedback.correction_set import ExportOptions, export_corrections
from training.feedback.fine_tune import (
    MOST_DRAWN,
    Blend,
    fine_tune,
    improve,
    join_for_training,
    mix,
)
from training.feedback.label_trust import TrustLimits
from training.fit.batches import draw_weights
from training.fit.hyperparameters import Hyperparameters
from training.fit.train import build_network, train
from training.fit.warm_start import load_weights, next_version, read_base_hyperparameters
from training.networks.inputs import network_input, resize_faces
from training.options import Improve
from training.release.export import export
from training.release.model_card import write_model_card

if TYPE_CHECKING:
    from pathlib import Path

    import keras
    from conftest import Prepared

    from training.data.dataset import Faces


@pytest.fixture(scope="module")
def corrections(model_dir: Path, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What eight honest people gave."""
    return export_to(tmp_path_factory.mktemp("honest"), build_honest(), model_dir, prepared)


@pytest.fixture(scope="module")
def challenger(
    model_dir: Path, prepared: Prepared, corrections: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """What the command makes of them with one run to search and one to keep."""
    out = tmp_path_factory.mktemp("challenger")
    arguments = ["--data", str(prepared.folder), "--corrections", str(corrections), "--out", str(out)]
    assert main(["improve", "--champion", str(model_dir), *arguments, "--trials", "1", "--epochs", "1"]) == 0
    return out / "tiny"


def export_to(
    folder: Path, faces: list, champion: Path, prepared: Prepared, limits: TrustLimits | None = None
) -> Path:
    sealed, key_file = write_sealed(folder, faces)
    out = folder / "prepared"
    export_corrections(
        ExportOptions(sealed, key_file, out, champion, (prepared.folder,), limits or TrustLimits())
    )
    return out


def test_a_challenger_knows_where_it_comes_from(challenger: Path, model_dir: Path):
    """The next version, its parent, both sets of faces, and the blend that was chosen."""
    info, champion = load_model_info(challenger), load_model_info(model_dir)
    Model(challenger)

    assert (info.name, info.version, info.parent) == ("tiny", "0.2.0", champion.version)
    assert info.training_data["sources"]["corrections"]["faces"] > 0
    assert info.training["parent_weights_sha256"] == champion.weights_sha256
    assert set(info.training["blend"]) == {"learning_rate", "replay", "correction_weight"}
    assert read_base_hyperparameters(info) == read_base_hyperparameters(champion)


def test_faces_that_people_gave_do_not_lie_about(challenger: Path):
    """The set of old and new faces is gone; the search left numbers only."""
    assert {path.name for path in challenger.parent.iterdir()} == {"run", "study", "tiny"}
    assert not list(challenger.parent.rglob("*.npy"))


@pytest.fixture
def options(model_dir: Path, prepared: Prepared, corrections: Path, tmp_path: Path) -> Improve:
    """One epoch, without a search."""
    return Improve(champion=model_dir, data=prepared.folder, corrections=corrections, out=tmp_path, epochs=1)


def test_they_do_not_when_it_fails_either(options: Improve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stopped, or out of memory: `/forget` reaches no copy of ours."""

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("training.feedback.fine_tune.fine_tune", fail)
    with pytest.raises(KeyboardInterrupt):
        improve(options)
    assert not list(tmp_path.rglob("*.npy"))


@pytest.mark.parametrize("step", ["tune", "train"])
def test_each_trial_and_the_run_that_is_kept_start_from_the_champions_weights(
    step: str, options: Improve, model_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    """Found from random weights, the blend would be another; trained from them, so would the model."""
    initial: list[np.ndarray] = []

    def note(*arguments: object, **named: object) -> None:
        (options,) = arguments if step == "tune" else [SimpleNamespace(**named)]
        initial.extend(getattr(options, "initial", None) or ())
        raise KeyboardInterrupt

    monkeypatch.setattr(f"training.feedback.fine_tune.{step}", note)
    with pytest.raises(KeyboardInterrupt):
        improve(dataclasses.replace(options, trials=1 if step == "tune" else 0))

    pairs = zip(initial, load_weights(model_dir), strict=True)
    assert all(np.array_equal(one, champions) for one, champions in pairs)


def test_the_challengers_card_says_that_it_was_fine_tuned(challenger: Path):
    """From what, instead of random weights."""
    info = load_model_info(challenger)
    measured = dataclasses.replace(info, metrics={"test": {"count": 0, "happy": 0, "sad": 0, "accuracy": 1.0,
        "calibration_error": 0.0, "intervals": {}, "held_back": {}}})  # fmt: skip
    (challenger / "model.json").write_text(measured.to_json())
    try:
        card = write_model_card(challenger).read_text()
    finally:
        (challenger / "model.json").write_text(info.to_json())
        (challenger / "README.md").unlink()

    assert "Fine-tuned from version 0.1.0" in card
    assert "| corrections |" in card


def test_the_test_faces_stay_away(prepared: Prepared, corrections: Path, tmp_path: Path):
    """Old training and validation faces and the corrections, each with its own pixels."""
    count = join_for_training(prepared.folder, corrections, tmp_path)

    concatenated, old, new = (load_prepared(folder) for folder in (tmp_path, prepared.folder, corrections))
    assert len(concatenated) == count == int(np.sum(old.splits != "test")) + len(new)
    assert set(concatenated.splits) == {"train", "validation"}
    assert np.array_equal(concatenated.crops[-len(new) :], new.crops)
    assert np.array_equal(concatenated.crops[: -len(new)], old.crops[old.splits != "test"])
    assert np.array_equal(concatenated.votes[-len(new) :], new.votes)


def test_joining_nothing_is_refused(prepared: Prepared, tmp_path: Path):
    """Rather than an empty set that fails later."""
    with pytest.raises(TrainingError, match="Nothing of"):
        concatenate_prepared([Part(prepared.folder, lambda row: row["split"] == "none")], tmp_path)


def test_corrections_never_fill_an_epoch(prepared: Prepared, corrections: Path, tmp_path: Path):
    """Whatever their weight, a fifth of the faces drawn; a small weight stays as it is."""
    join_for_training(prepared.folder, corrections, tmp_path)
    faces = load_prepared(tmp_path)

    heavy, light = (mix(Hyperparameters(), Blend(correction_weight=w), faces) for w in (1_000.0, 0.1))

    training = faces.select_split("train")
    drawn = draw_weights(training, heavy)
    assert drawn[training.sources == "corrections"].sum() / drawn.sum() == pytest.approx(MOST_DRAWN)
    assert light.source_repeats["corrections"] == 0.1
    assert light.source_repeats["ferplus"] == Blend().replay


def test_the_served_network_gives_its_trained_weights_back(
    model_dir: Path, prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
):
    """So a champion needs no more than its folder to be trained on; another network's are refused."""
    weights = load_weights(model_dir)
    network = build_network(tiny_parameters, steps=10)

    assert [one.shape for one in weights] == [one.shape for one in network.get_weights()]
    network.set_weights(weights)
    with pytest.raises(TrainingError, match="another network"):
        train(tiny_parameters, prepared.folder, tmp_path, initial=weights[:-2])


def test_a_run_on_other_corrections_is_refused(
    challenger: Path, model_dir: Path, prepared: Prepared, tmp_path: Path
):
    """Going on with it would mix two sets of faces."""
    other = export_to(tmp_path, build_honest(2), model_dir, prepared)

    with pytest.raises(TrainingError, match="other faces"):
        improve(
            Improve(
                champion=model_dir, data=prepared.folder, corrections=other, out=challenger.parent, epochs=1
            )
        )


@pytest.mark.parametrize(
    ("current", "taken", "version"),
    [("1.0.0", [], "1.1.0"), ("1.0.0", ["1.0.0", "1.3.0", "1.2.1"], "1.4.0"), ("2.9.9", ["1.0.0"], "2.10.0")],
)
def test_a_version_is_given_once(current: str, taken: list[str], version: str):
    """Also after a rollback: over all that were ever in use."""
    assert next_version(current, taken) == version


def test_a_version_of_another_form_is_refused():
    """There is no next one."""
    with pytest.raises(TrainingError, match=r"1\.0\.0"):
        next_version("final", [])


UNGUARDED = TrustLimits(
    sure=2.0, doubtful_faces=1_000, per_day=1_000, per_person=1_000, share_of_all=1.0, always=1_000
)


@pytest.mark.slow
def test_a_strangers_flood_hardly_moves_the_answers(
    model_dir: Path, prepared: Prepared, corrections: Path, tmp_path: Path
):
    """Few of sixty false labels are learnt from; these move the answers to test faces by less than 0.005.

    Without the limits of trust all sixty are learnt from. One epoch with another seed alone moves the answers
    by some 0.006, whatever the labels: what is measured is the mean of six.
    """
    faces = [*build_honest(), *build_lies(666, 60)]
    guarded = export_to(tmp_path / "guarded", faces, model_dir, prepared)
    unguarded = export_to(tmp_path / "unguarded", faces, model_dir, prepared, UNGUARDED)
    honest, with_limits, without = (
        sum(not row["dropped"] for row in read_manifest(folder))
        for folder in (corrections, guarded, unguarded)
    )
    assert 0 < with_limits - honest <= 12  # some lies do come through
    assert without - honest == 60

    held_out = load_prepared(prepared.folder).select_split("test")
    held_out = held_out.select(held_out.is_happy_or_sad)
    clean, flooded = (
        np.mean(
            [
                answer(tune_on(folder, model_dir, prepared, tmp_path / f"run{number}-{seed}", seed), held_out)
                for seed in range(1, 7)
            ],
            axis=0,
        )
        for number, folder in enumerate((corrections, guarded))
    )
    assert np.abs(flooded - clean).mean() < 0.005


def tune_on(folder: Path, champion: Path, prepared: Prepared, out: Path, seed: int) -> keras.Model:
    join_for_training(prepared.folder, folder, out / "data")
    base = dataclasses.replace(
        read_base_hyperparameters(load_model_info(champion)),
        seed=seed,
        epochs=1,
        learning_rate=3e-4,
        sizes=((1.0, 24),),
    )
    numbers = mix(base, Blend(), load_prepared(out / "data"))
    return fine_tune(numbers, champion, out / "data", out / "run")


def answer(network: keras.Model, faces: Faces) -> np.ndarray:
    logits = network.predict(network_input(resize_faces(faces.crops, 24), "happy_sad_net"), verbose=0)
    return 1 / (1 + np.exp(logits[:, SADNESS] - logits[:, HAPPINESS]))


@pytest.mark.slow
def test_a_run_can_go_on_from_a_models_weights(
    model_dir: Path, prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
):
    """`--start`: at a learning rate of nearly nothing the weights stay; the record says whose they were."""
    short = dataclasses.replace(tiny_parameters, epochs=1, learning_rate=1e-9, sizes=((1.0, 24),))
    run_dir, exported = tmp_path / "run", tmp_path / "further"
    train_network(short, prepared.folder, run_dir, start=model_dir)

    export(run_dir, prepared.folder, exported, "0.2.0")

    pairs = zip(load_weights(model_dir), load_weights(exported), strict=True)
    kernels = [
        (before, after) for before, after in pairs if before.ndim > 1
    ]  # averages of batches move anyway
    assert all(np.allclose(before, after, atol=1e-6) for before, after in kernels)
    assert load_model_info(exported).training["start"]["version"] == load_model_info(model_dir).version
