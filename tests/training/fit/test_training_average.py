"""The mean of networks that came from one another."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from training.cli.commands import build_hyperparameters
from training.cli.pipeline import evaluate_model, export_run, train_network
from training.data.samples import EMOTIONS, HAPPINESS, NEUTRAL, SADNESS
from training.errors import TrainingError
from training.fit.batches import keep_evidence
from training.fit.hyperparameters import LAST_LAYER_RATE
from training.fit.train import train
from training.fit.warm_start import describe_weights, load_weights, read_hyperparameters, read_parent
from training.fit.weight_averaging import average
from training.options import Evaluate, Numbers
from training.release.model_card import write_model_card

if TYPE_CHECKING:
    from conftest import Prepared

    from training.fit.hyperparameters import Hyperparameters

STRANGER = Path("models/happy-sad-net")


@pytest.fixture(scope="module")
def second_run(
    model_dir: Path,
    prepared: Prepared,
    tiny_parameters: Hyperparameters,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder = tmp_path_factory.mktemp("second")
    parameters = dataclasses.replace(tiny_parameters, epochs=1, sizes=((1.0, 24),))
    train_network(parameters, prepared.folder, folder, start=model_dir)
    return folder


@pytest.fixture(scope="module")
def whole_run(
    model_dir: Path,
    prepared: Prepared,
    tiny_parameters: Hyperparameters,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A run whose every layer has learnt, as with many faces."""
    folder = tmp_path_factory.mktemp("whole")
    parameters = dataclasses.replace(tiny_parameters, epochs=1, sizes=((1.0, 24),))
    start = describe_weights(model_dir)
    train(parameters, prepared.folder, folder, initial=load_weights(model_dir), start=start)
    return folder


@pytest.mark.slow
def test_a_run_that_starts_from_a_model_is_of_its_size_and_may_be_deeper(
    model_dir: Path, prepared: Prepared, tmp_path: Path
):
    """The tiny model has one block of 16 filters; with one more it goes on from the same answers."""
    same = build_hyperparameters("happy_sad_net", Numbers(start=model_dir))
    deeper = build_hyperparameters("happy_sad_net", Numbers(start=model_dir, bottlenecks=(2, 0, 0)))

    assert (same.widths, same.bottlenecks) == ((8, 16), ())
    assert (deeper.widths, deeper.bottlenecks) == ((8, 16), (2, 0, 0))
    with pytest.raises(TrainingError, match="Ask for as many or more"):
        build_hyperparameters("happy_sad_net", Numbers(start=STRANGER, bottlenecks=(0, 0, 1)))
    small = dataclasses.replace(deeper, epochs=1, batch_size=8, sizes=((1.0, 24),), jit_compile=False)
    train_network(small, prepared.folder, tmp_path, start=model_dir)
    trained = keras.saving.load_model(tmp_path / "trained.keras", compile=False)
    assert len(trained.weights) > len(load_weights(model_dir))
    record = json.loads((tmp_path / "run.json").read_text())
    expected = dataclasses.replace(small, last_layer_only=True, learning_rate=LAST_LAYER_RATE)
    assert read_hyperparameters(record["hyperparameters"]) == expected


def test_with_few_faces_the_last_layer_alone_learns(second_run: Path, model_dir: Path) -> None:
    """What tells faces that are neither happy nor sad is not unlearnt by those who send none of them."""
    later = keras.saving.load_model(second_run / "trained.keras", compile=False)
    pairs = zip(later.weights, load_weights(model_dir), strict=True)
    changed = {
        weights.path.split("/")[-2]
        for weights, before in pairs
        if "seed_generator" not in weights.path and not np.array_equal(weights.numpy(), before)
    }
    assert changed == {"logits"}
    assert all(layer.trainable for layer in later.layers), "whoever goes on from it trains all of it"
    record = json.loads((second_run / "run.json").read_text())
    assert [teacher["name"] for teacher in record["teachers"]] == [record["start"]["name"]]


def test_votes_deal_out_what_the_teacher_gave_to_happy_and_sad() -> None:
    """Evidence stays the teacher's; faces that nobody called happy or sad keep all of its answer."""
    said = np.array([[0.3, 0.1, 0.6], [0.3, 0.1, 0.6], [0.3, 0.1, 0.6]], dtype=np.float32)
    votes = np.zeros((3, len(EMOTIONS)), dtype=np.float32)
    votes[0, SADNESS] = 1.0
    votes[1, [HAPPINESS, SADNESS, NEUTRAL]] = 0.6, 0.2, 0.2
    votes[2, NEUTRAL] = 1.0
    answers = np.zeros_like(votes)
    answers[:, [HAPPINESS, SADNESS, NEUTRAL]] = said

    targets = keep_evidence(answers, votes)

    expected = np.array([[0.0, 0.4, 0.6], [0.3, 0.1, 0.6], [0.3, 0.1, 0.6]])
    np.testing.assert_allclose(targets[:, [HAPPINESS, SADNESS, NEUTRAL]], expected, atol=1e-6)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(answers[:, [HAPPINESS, SADNESS, NEUTRAL]], said)


def test_with_few_faces_no_other_teacher_is_heard(
    model_dir: Path, prepared: Prepared, tmp_path: Path
) -> None:
    parameters = build_hyperparameters("happy_sad_net", Numbers(start=model_dir))
    with pytest.raises(TrainingError, match="Leave --teacher out, or add photos until there are 40"):
        train_network(parameters, prepared.folder, tmp_path, (model_dir,), model_dir)


def test_a_mean_with_few_faces_is_cautious(
    second_run: Path, model_dir: Path, prepared: Prepared, tmp_path: Path
) -> None:
    """Normalization is measured anew on these few faces, so the thresholds of the older model do not hold."""
    average(second_run, [model_dir], prepared.folder, tmp_path)
    assert read_parent(second_run) is not None
    assert read_parent(tmp_path) is None


def test_the_mean_of_a_run_and_of_the_model_it_came_from_can_be_shipped(
    whole_run: Path, model_dir: Path, prepared: Prepared, tmp_path: Path
):
    """What is learnt is the mean; what only follows the data is measured anew; card and record say so."""
    network = average(whole_run, [model_dir], prepared.folder, tmp_path / "mean")

    later = keras.saving.load_model(whole_run / "trained.keras", compile=False)
    first, saved = load_weights(model_dir), keras.saving.load_model(tmp_path / "mean" / "trained.keras")
    for number, weights in enumerate(later.weights):
        mean = (weights.numpy() + first[number]) / 2
        if weights.trainable:
            np.testing.assert_allclose(saved.weights[number].numpy(), mean, atol=1e-6)
        elif "moving" in weights.path:
            assert not np.allclose(saved.weights[number].numpy(), mean)
    assert network.count_params() == later.count_params()

    export_run(tmp_path / "mean", prepared.folder, tmp_path / "model", "0.2.0")
    evaluate_model(
        Evaluate(tmp_path / "model", data=prepared.folder, split=("test",), out=tmp_path / "e", record=True)
    )
    parent = describe_weights(model_dir)
    card = write_model_card(tmp_path / "model").read_text(encoding="utf-8")
    assert f"averaged with {parent['name']} {parent['version']}" in card
    record = json.loads((tmp_path / "model" / "model.json").read_text(encoding="utf-8"))
    assert record["training"]["averaged_with"] == [parent]


def test_an_ancestor_with_fewer_blocks_can_be_averaged(
    model_dir: Path,
    prepared: Prepared,
    tiny_parameters: Hyperparameters,
    tmp_path: Path,
) -> None:
    """The mean of a deepened run and of the model that it was deepened from."""
    deeper = dataclasses.replace(tiny_parameters, epochs=1, sizes=((1.0, 24),), bottlenecks=(1,))
    start = describe_weights(model_dir)
    later = train(deeper, prepared.folder, tmp_path / "run", initial=load_weights(model_dir), start=start)

    mean = average(tmp_path / "run", [model_dir], prepared.folder, tmp_path / "mean")

    now, then = mean.get_layer("logits").get_weights()[0], later.get_layer("logits").get_weights()[0]
    before = next(weights for weights in load_weights(model_dir) if weights.shape == then.shape)
    np.testing.assert_allclose(now, (then + before) / 2, atol=1e-6)
    block = "bottleneck_0_0_normalization_2"
    np.testing.assert_allclose(
        mean.get_layer(block).gamma.numpy(), later.get_layer(block).gamma.numpy() / 2, atol=1e-6
    )
    kernel = "bottleneck_0_0_convolution_1"
    np.testing.assert_allclose(
        mean.get_layer(kernel).get_weights()[0], later.get_layer(kernel).get_weights()[0], atol=1e-6
    )


def test_networks_of_other_shapes_are_refused(second_run: Path, prepared: Prepared, tmp_path: Path):
    with pytest.raises(TrainingError, match="has another shape"):
        average(second_run, [STRANGER], prepared.folder, tmp_path)
    with pytest.raises(TrainingError, match="at least one model"):
        average(second_run, [], prepared.folder, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_mean_does_not_take_the_place_of_the_run(second_run: Path, model_dir: Path, prepared: Prepared):
    before = (second_run / "trained.keras").read_bytes()
    with pytest.raises(TrainingError, match="another --out"):
        average(second_run, [model_dir], prepared.folder, second_run)
    assert (second_run / "trained.keras").read_bytes() == before


def test_a_run_is_not_gone_on_with_from_another_model(
    whole_run: Path, model_dir: Path, prepared: Prepared, tiny_parameters: Hyperparameters
):
    """Its record would claim what is not so."""
    parameters = dataclasses.replace(tiny_parameters, epochs=1, sizes=((1.0, 24),))
    record = (whole_run / "run.json").read_text()
    start, other = describe_weights(model_dir), describe_weights(STRANGER)
    for origin, teachers in ((None, []), (start, [other])):
        with pytest.raises(TrainingError, match="other models"):
            train(parameters, prepared.folder, whole_run, start=origin, teachers=teachers)
    assert (whole_run / "run.json").read_text() == record


@pytest.mark.parametrize("damage", ["missing", "cut off", "a pointer"])
def test_a_run_whose_network_cannot_be_read_is_answered_with_a_sentence(
    damage: str, second_run: Path, prepared: Prepared, tmp_path: Path
):
    """Stopped before its end, cut off by a full disk, or a pointer of git-lfs."""
    shutil.copytree(second_run, tmp_path / "run")
    network = tmp_path / "run" / "trained.keras"
    if damage == "missing":
        network.unlink()
    else:
        network.write_bytes(
            network.read_bytes()[:5_000] if damage == "cut off" else b"version https://git-lfs"
        )
    with pytest.raises(TrainingError, match="Give the train command again"):
        export_run(tmp_path / "run", prepared.folder, tmp_path / "model", "0.2.0")
    assert not (tmp_path / "model").exists()
