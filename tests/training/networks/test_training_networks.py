"""The networks, a tiny training of one, and what is exported: the tests that need TensorFlow."""

from __future__ import annotations

import csv
import dataclasses
import json
import shutil
from typing import TYPE_CHECKING

import keras
import numpy as np
import optuna
import pytest

from classifier.model import Model
from classifier.model_info import ModelInput, load_model_info
from training.data.dataset import hash_prepared, load_prepared
from training.data.samples import EMOTIONS, HAPPINESS, NEUTRAL, SADNESS
from training.errors import TrainingError
from training.evaluation.inference import Predictor
from training.evaluation.plots import draw_learning_curve
from training.experiments.tune import TuneOptions, tune
from training.fit.batches import FaceBatches, draw_weights
from training.fit.hyperparameters import SEED_CNN, Hyperparameters
from training.fit.train import train
from training.fit.warm_start import read_hyperparameters
from training.networks.architectures import (
    CORE_SIZE,
    INPUT_SIZE,
    area_resize_matrix,
    deepen,
    emotion_core,
    happy_sad_net,
    seed_cnn,
    weigh_evidence,
)
from training.networks.batch_norm_folding import fold, seed_cnn_in_training
from training.release.export import answer_with_keras, answer_with_litert, convert, export
from training.run_log import RunLog

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Prepared


@pytest.fixture(autouse=True)
def _same_weights_each_time() -> None:
    """Networks that are not trained here have the same random weights at each run."""
    keras.utils.set_random_seed(1)


@pytest.fixture
def crops(astronaut_crops: np.ndarray) -> np.ndarray:
    return astronaut_crops


@pytest.fixture(scope="module")
def astronaut_crops() -> np.ndarray:
    """Four crops of 256 pixels: the astronaut's face, mirrored, dark, and noise."""
    from skimage.data import astronaut

    face = np.kron(astronaut()[50:178, 160:288], np.ones((2, 2, 1), np.uint8))
    noise = np.random.default_rng(0).integers(0, 256, face.shape)
    return np.stack([face, face[:, ::-1], face // 4, noise]).astype(np.uint8)


def test_seed_cnn_is_the_network_that_was_asked_for():
    """Convolutions of 16, 32 and 16 filters 3x3, each pooled 2x2, dense 256, dense 1: 3,696,625 weights."""
    network = seed_cnn()

    layers = [
        (type(layer).__name__, getattr(layer, "filters", getattr(layer, "units", None)))
        for layer in network.layers
    ]
    assert layers == [
        ("InputLayer", None),
        ("Conv2D", 16), ("MaxPooling2D", None),
        ("Conv2D", 32), ("MaxPooling2D", None),
        ("Conv2D", 16), ("MaxPooling2D", None),
        ("Flatten", None),
        ("Dense", 256),
        ("Dense", 1),
    ]  # fmt: skip
    assert network.input_shape == (None, 256, 256, 3)
    assert network.count_params() == 3_696_625
    convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    assert {(layer.kernel_size, layer.strides, layer.activation.__name__) for layer in convolutions} == {
        ((3, 3), (1, 1), "relu")
    }
    pools = [layer.pool_size for layer in network.layers if isinstance(layer, keras.layers.MaxPooling2D)]
    assert pools == [(2, 2)] * 3
    assert [layer.activation.__name__ for layer in network.layers[-2:]] == ["relu", "sigmoid"]


def test_the_trained_form_of_the_plain_network_folds_into_what_was_asked_for():
    """With whatever statistics normalization has learnt; what is plain already is left alone."""
    random = np.random.default_rng(0)
    trained = seed_cnn_in_training(dropout=0.3)
    for layer in trained.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            shift, mean, variance = layer.get_weights()
            layer.set_weights(
                [
                    random.normal(0, 0.3, shift.shape),
                    random.normal(0, 0.2, mean.shape),
                    random.uniform(0.2, 2, variance.shape),
                ]
            )
    faces = random.uniform(-1, 1, (4, INPUT_SIZE, INPUT_SIZE, 3)).astype(np.float32)
    faces[1] = np.linspace(-1, 1, INPUT_SIZE, dtype=np.float32)[:, None]
    expected = trained.predict(faces, verbose=0)

    plain = fold(trained)

    assert [type(layer) for layer in plain.layers] == [type(layer) for layer in seed_cnn().layers]
    assert np.ptp(expected) > 0.01  # else equal answers would say little
    assert np.allclose(plain.predict(faces, verbose=0), expected, atol=1e-4)
    assert fold(plain) is plain


@pytest.mark.slow
def test_a_deepened_network_answers_as_before_and_can_learn(crops: np.ndarray):
    """The new blocks change nothing at first; what flows into them does change them."""
    shallow = emotion_core((4, 8))
    deeper = emotion_core((4, 8), bottlenecks=(2,))
    grey = crops[:, ::8, ::8, :1] / np.float32(255)

    deepen(deeper, shallow.get_weights())

    assert len(deeper.layers) > len(shallow.layers)
    before = deeper.predict(grey, verbose=0)
    assert np.allclose(before, shallow.predict(grey, verbose=0), atol=1e-5)
    new = [layer for layer in deeper.layers if layer.name.startswith("bottleneck")]
    kernels = [layer.get_weights()[0] for layer in new if isinstance(layer, keras.layers.Conv2D)]
    deeper.compile("adam", "mse", jit_compile=False)
    deeper.fit(grey, before + 1, epochs=2, verbose=0)
    changed = [layer.get_weights()[0] for layer in new if isinstance(layer, keras.layers.Conv2D)]
    assert all(np.any(one != other) for one, other in zip(kernels, changed, strict=True))
    with pytest.raises(ValueError, match="shapes"):
        deepen(deeper, emotion_core((4, 16)).get_weights())

    # And deeper once more, from a network whose own new blocks have learnt.
    learnt = deeper.predict(grey, verbose=0)
    deepest = emotion_core((4, 8, 8), bottlenecks=(1, 1))
    twice = emotion_core((4, 8, 8), bottlenecks=(3, 2))
    for layer in twice.layers:  # as if these had learnt, too
        if layer.name.endswith("normalization_2"):
            layer.gamma.assign(np.ones(layer.gamma.shape))
    deepen(twice, deepest.get_weights(), (1, 1))
    expected = deepest.predict(grey, verbose=0)
    assert np.allclose(twice.predict(grey, verbose=0), expected, atol=1e-5)
    deeper_yet = emotion_core((4, 8), bottlenecks=(3,))
    deepen(deeper_yet, deeper.get_weights(), (2,))
    assert np.allclose(deeper_yet.predict(grey, verbose=0), learnt, atol=1e-5)


def test_happy_sad_net_is_small_and_takes_the_same_crops():
    """Under 1.5 million weights behind a door of 256 x 256 x 3 bytes."""
    network = happy_sad_net(emotion_core())

    assert network.count_params() < 1_500_000
    assert network.input_shape == (None, 256, 256, 3)
    assert network.inputs[0].dtype == "uint8"
    assert set(network.output) == {"probability_happy", "evidence", "unreadable", "activation_map"}


def test_the_activation_map_is_what_the_answer_is_made_of(crops: np.ndarray):
    """Its mean and the two biases are the logit of happy against sad."""
    core = emotion_core((4, 8, 8))
    answers = happy_sad_net(core).predict(crops, verbose=0)

    logits = np.log(answers["probability_happy"] / (1 - answers["probability_happy"]))[:, 0]
    assert np.allclose(answers["activation_map"].mean(axis=(1, 2)), logits, atol=1e-3)


def test_neutral_counts_more_against_an_answer_than_other_emotions():
    """Evidence stays in 0..1, and is 1 where nothing but happy and sad is left."""
    shares = np.zeros((4, len(EMOTIONS)))
    shares[0, [HAPPINESS, SADNESS]] = 0.9, 0.1
    shares[1, [HAPPINESS, EMOTIONS.index("surprise")]] = 0.5, 0.5
    shares[2, [HAPPINESS, NEUTRAL]] = 0.5, 0.5
    shares[3, NEUTRAL] = 1.0

    assert weigh_evidence(shares) == pytest.approx([1, 0.5, 1 / 3, 0])


def test_color_changes_nothing_that_brightness_does_not(crops: np.ndarray):
    """The network looks at brightness alone, so a grey copy gets the same answer."""
    network = happy_sad_net(emotion_core((4, 8, 8)))
    grey = np.repeat((crops @ np.array([0.299, 0.587, 0.114]))[..., None], 3, axis=3).round().astype(np.uint8)

    colored, plain = (network.predict(batch, verbose=0)["probability_happy"] for batch in (crops, grey))

    assert np.abs(colored - plain).max() < 0.01


def test_a_mirrored_face_gets_the_same_answer(crops: np.ndarray):
    """Every output agrees; the map is mirrored as the face is."""
    network = happy_sad_net(emotion_core((4, 8, 8)))

    straight, mirrored = (network.predict(batch, verbose=0) for batch in (crops, crops[:, :, ::-1]))

    for name in ("probability_happy", "evidence"):
        assert np.allclose(straight[name], mirrored[name], atol=1e-5), name
    assert np.allclose(straight["activation_map"], mirrored["activation_map"][:, :, ::-1], atol=1e-4)


def test_shrinking_inside_the_network_averages_pixels():
    """Every row of the matrix averages; a flat image stays flat, and 256 to 64 means blocks of four."""
    assert np.allclose(area_resize_matrix(INPUT_SIZE, CORE_SIZE).sum(axis=1), 1)
    assert np.allclose(area_resize_matrix(8, 2), np.kron(np.eye(2), np.full((1, 4), 0.25)))


@pytest.mark.parametrize(
    "build",
    [seed_cnn, lambda: happy_sad_net(emotion_core(bottlenecks=(0, 1, 2)))],
    ids=["seed", "happy-sad"],
)
def test_the_exported_file_answers_as_keras_does(build: object, crops: np.ndarray):
    """Within a thousandth, for every output; dynamic int8 within five hundredths."""
    network = build()
    model_input = ModelInput(type="uint8") if network.name == "happy_sad_net" else ModelInput()

    expected = answer_with_keras(network, crops, model_input)
    for quantization, tolerance in (("float32", 1e-3), ("int8", 5e-2)):
        answers = answer_with_litert(convert(network, quantization), crops, model_input)
        assert set(answers) == set(expected)
        for name, values in expected.items():
            assert np.abs(answers[name] - values).max() < tolerance, (quantization, name)


def test_a_tiny_training_learns_and_logs_every_epoch(run_dir: Path):
    """The faces are drawn so that a few epochs suffice; the record repeats the run."""
    lines = [json.loads(line) for line in (run_dir / "log.jsonl").read_text().splitlines()]
    record = json.loads((run_dir / "run.json").read_text())

    assert [line["epoch"] for line in lines] == list(range(1, 10))
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert lines[-1]["balanced_accuracy/*"] > 0.8
    assert record["hyperparameters"]["seed"] == 1
    assert {"keras", "numpy"} <= set(record["packages"])
    assert len(record["data"]["manifest_sha256"]) == 64
    assert any((run_dir / "tensorboard").iterdir())
    assert draw_learning_curve(run_dir).stat().st_size > 10_000


def test_one_command_goes_from_archives_to_a_measured_model(pipeline_root: Path, prepared: Prepared):
    """Prepared set, run, model folder, figures and card; the set is the one that prepare alone makes."""
    model, run = pipeline_root / "models" / "tiny", pipeline_root / "runs" / "tiny"

    assert hash_prepared(pipeline_root / "data" / "tiny") == hash_prepared(prepared.folder)
    assert {"model.json", "model.tflite", "model.keras", "README.md"} <= {
        path.name for path in model.iterdir()
    }
    assert (run / "learning-curve.png").exists()
    assert (run / "evaluation" / "report.json").exists()
    assert {"test", "validation"} <= set(load_model_info(model).metrics)


@pytest.mark.slow
def test_a_run_that_was_stopped_ends_with_the_same_weights(
    run_dir: Path, prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
):
    """Killed after the first epoch and started again, it draws, learns and counts as if it had not been."""
    with pytest.raises(KeyboardInterrupt):
        train(tiny_parameters, prepared.folder, tmp_path, callbacks=[_Stop()])
    assert not (tmp_path / "trained.keras").exists()
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps(json.loads(log.read_text()) | {"minutes": 60.0}) + "\n")

    resumed = train(tiny_parameters, prepared.folder, tmp_path)

    # Counted on, also where the second start took less long than the first, or longer.
    last = RunLog(tmp_path).read()[tiny_parameters.epochs]
    assert 60 < last["minutes"] == RunLog(tmp_path).total_minutes() < 120

    uninterrupted = keras.saving.load_model(run_dir / "trained.keras", compile=False)
    for one, other in zip(resumed.get_weights(), uninterrupted.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-4)


class _Stop(keras.callbacks.Callback):
    """Stands for a person who presses Ctrl-C after the first epoch."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        raise KeyboardInterrupt


def test_another_run_in_the_same_folder_is_refused(
    run_dir: Path, prepared: Prepared, tiny_parameters: Hyperparameters
):
    """Going on with other numbers would make a record that is wrong."""
    with pytest.raises(TrainingError, match="other hyperparameters"):
        train(dataclasses.replace(tiny_parameters, learning_rate=1.0), prepared.folder, run_dir)


def test_a_run_is_held_to_its_faces(run_dir: Path, prepared: Prepared, tmp_path: Path):
    """Of another set's test faces it may have learnt some."""
    other = tmp_path / "other"
    shutil.copytree(prepared.folder, other)
    manifest = other / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("train", "test", 1))
    parameters = read_hyperparameters(json.loads((run_dir / "run.json").read_text())["hyperparameters"])

    with pytest.raises(TrainingError, match="a run on other faces"):
        train(parameters, other, run_dir)
    with pytest.raises(TrainingError, match="a run on other faces"):
        export(run_dir, other, tmp_path / "model", "1.0.0")


def test_too_few_faces_for_a_batch_are_refused_with_advice(prepared: Prepared, tmp_path: Path):
    """Rather than a run of no steps."""
    with pytest.raises(TrainingError, match="smaller batch size"):
        train(Hyperparameters(batch_size=1_000), prepared.folder, tmp_path)


def test_each_epoch_draws_other_faces_and_repeats_under_its_seed(prepared: Prepared):
    """Sad faces always, half of the happy ones; seed_cnn sees no neutral face."""
    faces = load_prepared(prepared.folder).select_split("train")
    targets = np.arange(len(faces), dtype=np.float32)[:, None]
    weights = draw_weights(faces, SEED_CNN)

    assert set(weights[~faces.is_happy_or_sad]) == {0.0}
    first, again, later = (
        FaceBatches(faces, targets, weights, 16, SEED_CNN, epoch)[0] for epoch in (0, 0, 1)
    )
    assert np.array_equal(first[0], again[0])
    assert np.array_equal(first[1], again[1])
    assert not np.array_equal(first[1], later[1])
    assert first[0].shape == (SEED_CNN.batch_size, 16, 16, 3)


def test_the_exported_folder_is_read_by_the_classifier(model_dir: Path, prepared: Prepared):
    """Calibrated, with thresholds, checksum and the data it was trained on."""
    info = load_model_info(model_dir)
    Model(model_dir)

    assert (info.name, info.version, info.architecture) == ("tiny", "0.1.0", "happy_sad_net")
    assert info.calibration.temperature > 0
    assert "too few to choose by" in info.abstain.rule
    assert info.training_data["sources"]["ferplus"]["sad"] == 36
    assert info.training["minutes"] >= 0
    faces = load_prepared(prepared.folder).select_split("test")
    predictions = Predictor(model_dir).predict_faces(faces)
    right = (predictions.probabilities > 0.5) == predictions.is_happy
    assert right[predictions.is_happy_or_sad].mean() > 0.8


def test_minutes_are_added_up_over_all_starts_of_a_run(tmp_path: Path):
    """A run stopped after 5 minutes that went on for 3 more took 8."""
    assert RunLog(tmp_path).total_minutes() == 0
    lines = [
        {"epoch": epoch, "minutes": minutes} for epoch, minutes in ((1, 2.5), (2, 5.0), (3, 1.5), (4, 3.0))
    ]
    (tmp_path / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert RunLog(tmp_path).total_minutes() == 8


@pytest.mark.slow
def test_a_search_tries_numbers_and_goes_on_where_it_was(
    prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
):
    """Two calls of one run each make a study of two different runs, kept in SQLite and in a table."""
    base = dataclasses.replace(tiny_parameters, sizes=((1.0, 16),))
    options = TuneOptions("happy_sad_net", prepared.folder, tmp_path, trials=1, epochs=1, base=base)

    assert tune(options).trials == 1
    found = tune(options)

    assert found.trials == 2
    assert 0 <= found.value <= 1
    rows = (tmp_path / "trials.csv").read_text().splitlines()
    assert len(rows) == 3
    assert rows[1].split(",")[3:] != rows[2].split(",")[3:]
    assert {path.name for path in tmp_path.iterdir()} == {"study.db", "trials.csv"}


@pytest.mark.slow
def test_a_search_that_was_stopped_does_no_run_twice(
    prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
):
    """Told how many runs there are to be in all, it makes those that are missing, also after Ctrl-C."""
    base = dataclasses.replace(tiny_parameters, sizes=((1.0, 16),))
    begun: list[int] = []

    def stop_at_the_second(trial: optuna.Trial, numbers: Hyperparameters) -> Hyperparameters:
        begun.append(trial.number)
        if trial.number == 1:
            raise KeyboardInterrupt
        return numbers

    options = TuneOptions(
        "happy_sad_net",
        prepared.folder,
        tmp_path,
        trials=2,
        epochs=1,
        counts_earlier_trials=True,
        base=base,
        proposing=stop_at_the_second,
    )
    with pytest.raises(KeyboardInterrupt):
        tune(options)
    tune(options)
    tune(options)

    assert begun == [0, 1, 2]


@pytest.mark.slow
def test_a_search_ends_runs_that_fall_behind(
    prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path: Path
):
    """After an epoch, not at the end; the table says so, and a study of such runs alone has found nothing."""
    base = dataclasses.replace(tiny_parameters, sizes=((1.0, 16),))
    never_good_enough = optuna.pruners.ThresholdPruner(lower=1.1)
    options = TuneOptions(
        "happy_sad_net", prepared.folder, tmp_path, 1, epochs=3, base=base, pruner=never_good_enough
    )

    with pytest.raises(TrainingError, match="No run came to its end"):
        tune(options)

    (row,) = csv.DictReader((tmp_path / "trials.csv").open(encoding="utf-8"))
    assert row["state"] == "pruned"
    study = optuna.load_study(study_name="happy_sad_net", storage=f"sqlite:///{tmp_path / 'study.db'}")
    assert list(study.trials[0].intermediate_values) == [0]
