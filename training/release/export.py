"""Turn a trained network into a model folder that the classifier runs.

    python -m training export runs/happy-sad-net --data data/prepared \
        --out models/happy-sad-net --version 1.0.0

Writes the Keras file, `model.json`, and the LiteRT file: the most strongly quantized one that answers as well
as Keras.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from rich.progress import track

from classifier.litert import hide_delegate_line, hide_lines
from classifier.model_info import FEW_FACES, FILE_NAME, ModelInfo, ModelInput
from training.data.dataset import load_prepared
from training.data.samples import HAPPINESS, SADNESS
from training.evaluation.accuracy_metrics import (
    ROUNDING,
    expected_calibration_error,
    mean_recall,
    says_happy,
    widen_to_faces,
)
from training.evaluation.calibration import apply_all, fit_calibration
from training.evaluation.thresholds import choose_abstain_rule, count_held_out, fall_back, is_enough
from training.fit.train import check_data
from training.fit.warm_start import read_parent
from training.networks.architectures import INPUT_SIZE, happy_sad_net
from training.networks.inputs import CENTERED, resize_faces
from training.networks.keras_files import load_trained, save_network
from training.networks.quiet_keras import TENSORFLOW_LINES
from training.run_log import RunLog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import keras
    from numpy.typing import NDArray

    from classifier.model_info import AbstainRule, Calibration
    from training.data.dataset import Faces

QUANTIZATIONS = ("int8", "float16", "float32")
"""Smallest first. "int8" is dynamic range quantization: weights are stored in 8 bits, activations are rounded
while the model runs. Unlike full integer quantization it needs no sample faces and loses less accuracy.
Source: https://ai.google.dev/edge/litert/models/post_training_quant"""

MOST_CALIBRATION_ERROR_ADDED = 0.005
"""How much worse than Keras's the shipped form's expected calibration error may be."""

_MOST_ACCURACY_LOST, _MOST_FACES_LOST = 0.001, 1

SIGNATURE = "serving_default"


@dataclass(frozen=True)
class Comparison:
    """How well one quantization of a model answers on the validation faces.

    Attributes:
        quantization: Of QUANTIZATIONS, or "keras".
        balanced_accuracy: Of happy against sad, in 0..1.
        calibration_error: Expected calibration error (ECE) after calibration.
        largest_difference: Of its uncalibrated probability from that of Keras, over all faces.
        kilobytes: Size of the file.
    """

    quantization: str
    balanced_accuracy: float
    calibration_error: float
    largest_difference: float
    kilobytes: int


def export(run_dir: Path, data_dir: Path, out_dir: Path, version: str) -> tuple[ModelInfo, list[Comparison]]:
    """Write a model folder from a finished run.

    Args:
        run_dir: The folder that `train` wrote.
        data_dir: The prepared set that the run was trained on; its validation faces calibrate the model.
        out_dir: The model folder; its name becomes the model's.
        version: Of the weights.

    Returns:
        The content of `model.json`, and the comparison of Keras with each quantization.
    """
    check_data(run_dir, data_dir)
    record = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
    architecture = record["hyperparameters"]["architecture"]
    network = load_trained(run_dir)
    # The served happy_sad_net contains its own preprocessing (grey, 48 pixels), so the bot feeds it pixels as
    # they are. seed_cnn has none: the bot scales the pixels as `model.json` says.
    serving = happy_sad_net(network) if architecture == "happy_sad_net" else network
    model_input = ModelInput(type="uint8") if architecture == "happy_sad_net" else CENTERED

    faces = load_prepared(data_dir)
    form = _choose_and_calibrate(serving, model_input, faces, read_parent(run_dir))
    info = ModelInfo(
        name=out_dir.name,
        version=version,
        architecture=architecture,
        created=dt.datetime.now(tz=dt.UTC).date().isoformat(),
        # Names the exact file: two exports can carry the same version by mistake.
        weights_sha256=hashlib.sha256(form.weights).hexdigest(),
        quantization=form.quantization,
        input=model_input,
        calibration=form.calibration,
        abstain=form.abstain,
        training_data=_describe_data(faces, record),
        training={
            **{key: record[key] for key in ("hyperparameters", "backend", "packages")},
            "start": record.get("start"),
            "teachers": record.get("teachers", []),
            "averaged_with": record.get("averaged_with", []),
            "minutes": round(RunLog(run_dir).total_minutes(), 1),
            FEW_FACES: not is_enough(form.held_out),
        },
    )
    out_dir.mkdir(parents=True, exist_ok=True)
    save_network(serving, out_dir / "model.keras")
    (out_dir / info.weights_file).write_bytes(form.weights)
    (out_dir / FILE_NAME).write_text(info.to_json(), encoding="utf-8")
    return info, form.comparisons


@dataclass(frozen=True)
class _Form:
    """The quantized network that is shipped, with its calibration and thresholds."""

    weights: bytes
    quantization: str
    calibration: Calibration
    abstain: AbstainRule
    held_out: dict[str, int]
    comparisons: list[Comparison]


def _choose_and_calibrate(
    serving: keras.Model, model_input: ModelInput, faces: Faces, parent: ModelInfo | None
) -> _Form:
    """Quantize the network, choose the smallest form that answers as well, calibrate on validation faces."""
    # Not on training faces: the network has learnt them and is too sure of them (Guo et al. 2017, arXiv
    # 1706.04599). Not on test faces: figures that are measured on faces used for fitting are too good.
    validation = faces.select(faces.splits == "validation")
    held_out = validation.select(validation.is_happy_or_sad)
    batch = resize_faces(held_out.crops, INPUT_SIZE)
    is_happy = held_out.plurality == HAPPINESS
    reference = answer_with_keras(serving, batch, model_input)
    # Calibrated once, on Keras's own answers: so the forms differ only by what quantization changes.
    calibration = fit_calibration(reference["probability_happy"], is_happy)

    def calibrated(answers: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        return apply_all(answers["probability_happy"], calibration)

    weights = {name: convert(serving, name) for name in QUANTIZATIONS}
    answers = {name: answer_with_litert(form, batch, model_input) for name, form in weights.items()}
    comparisons = [_compare("keras", reference, reference, calibrated, is_happy, 0)]
    comparisons += [
        _compare(name, answers[name], reference, calibrated, is_happy, len(weights[name]))
        for name in QUANTIZATIONS
    ]
    chosen = choose_form(comparisons, allow_loss(is_happy))
    probabilities = calibrated(answers[chosen])
    # seed_cnn has no evidence output. 1 means "surely happy or sad", so only its confidence can hold it back.
    evidence = answers[chosen].get("evidence", np.ones(len(probabilities)))
    # Thresholds on the answers of the form that is shipped: rounding moves faces that lie close to them.
    abstain = choose_abstain_rule(probabilities, evidence)
    counts = count_held_out(validation.plurality)
    if not is_enough(counts):  # fitted to a handful of faces, these numbers would be chance
        calibration, abstain = fall_back((calibration, abstain), counts, parent)
    return _Form(weights[chosen], chosen, calibration, abstain, counts, comparisons)


def convert(serving: keras.Model, quantization: str) -> bytes:
    """Convert a Keras network to a LiteRT file with named outputs, for one crop at a time."""
    with hide_lines(*TENSORFLOW_LINES):
        import tensorflow as tf  # noqa: PLC0415  only conversion needs it: training runs on any backend

    names = list(serving.output) if isinstance(serving.output, dict) else ["probability_happy"]
    dtype = tf.as_dtype(serving.inputs[0].dtype)
    # A batch of exactly 1: the bot classifies one face at a time, and with a fixed shape LiteRT can plan its
    # memory in advance.
    spec = tf.TensorSpec((1, INPUT_SIZE, INPUT_SIZE, 3), dtype, name="crop")

    @tf.function(input_signature=[spec])  # type: ignore[untyped-decorator]
    def serve(crop: Any) -> dict[str, Any]:
        answers = serving(crop, training=False)  # no dropout, and the stored averages of batch normalization
        return answers if isinstance(answers, dict) else {names[0]: answers}

    module = tf.Module()
    # TensorFlow saves the variables that a module holds: without this line the file would have no weights.
    module.variables_to_freeze = [variable.value for variable in serving.variables]
    module.serve = serve
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={SIGNATURE: serve})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=[SIGNATURE])
        # DEFAULT alone is dynamic range quantization; with float16 as the supported type, the weights are
        # rounded to 16 bits instead.
        if quantization != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantization == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return bytes(converter.convert())


def allow_loss(is_happy: NDArray[np.bool_]) -> float:
    """Return how much balanced accuracy a form may lose against Keras on these (N,) faces.

    It is a thousandth, and one face at least: rounding turns the answer on a face at the border, and where
    there are less than 500 sad faces, one of them is more than a thousandth.
    """
    return widen_to_faces(_MOST_ACCURACY_LOST, _MOST_FACES_LOST, is_happy)


def choose_form(comparisons: list[Comparison], most_lost: float) -> str:
    """Return the smallest quantization within the bounds, else float32, which computes like Keras.

    Args:
        comparisons: Keras itself first, then the quantizations, smallest first.
        most_lost: Balanced accuracy that may be lost, of `allow_loss`.
    """
    keras_itself = comparisons[0]
    for form in comparisons[1:]:
        lost = keras_itself.balanced_accuracy - form.balanced_accuracy
        added = form.calibration_error - keras_itself.calibration_error
        if lost <= most_lost + ROUNDING and added <= MOST_CALIBRATION_ERROR_ADDED:
            return form.quantization
    return "float32"


def answer_with_keras(
    serving: keras.Model, batch: NDArray[np.uint8], model_input: ModelInput
) -> dict[str, NDArray[np.float64]]:
    """Return the uncalibrated answers of the Keras network, (N,) by output name."""
    # In batches of 32: all faces at once, 256 x 256 x 3 each, would not fit into memory.
    parts = [
        serving.predict_on_batch(model_input.feed(batch[start : start + 32]))
        for start in track(range(0, len(batch), 32), "Keras")
    ]
    if not isinstance(parts[0], dict):
        parts = [{"probability_happy": part} for part in parts]
    return {
        name: np.concatenate([np.asarray(part[name], dtype=np.float64) for part in parts]).reshape(len(batch))
        for name in ("probability_happy", "evidence")
        if name in parts[0]
    }


def answer_with_litert(
    form: bytes, batch: NDArray[np.uint8], model_input: ModelInput
) -> dict[str, NDArray[np.float64]]:
    """Return the uncalibrated answers of a LiteRT file, (N,) by output name."""
    with hide_delegate_line():
        interpreter = Interpreter(model_content=form, num_threads=1)
        run = interpreter.get_signature_runner(SIGNATURE)
    # One crop at a time: the signature has a batch of 1, as the bot asks for single faces.
    answers = [run(crop=model_input.feed(crop[None])) for crop in track(batch, "LiteRT")]
    return {
        name: np.array([float(answer[name].ravel()[0]) for answer in answers])
        for name in ("probability_happy", "evidence")
        if name in answers[0]
    }


def _compare(
    name: str,
    answers: dict[str, NDArray[np.float64]],
    reference: dict[str, NDArray[np.float64]],
    calibrated: Callable[[dict[str, NDArray[np.float64]]], NDArray[np.float64]],
    is_happy: NDArray[np.bool_],
    size: int,
) -> Comparison:
    """Measure one form on the validation faces."""
    probabilities = calibrated(answers)
    difference = np.abs(answers["probability_happy"] - reference["probability_happy"])
    return Comparison(
        quantization=name,
        balanced_accuracy=mean_recall(says_happy(probabilities), is_happy),
        calibration_error=expected_calibration_error(probabilities, is_happy),
        largest_difference=float(difference.max()),
        kilobytes=size // 1024,
    )


def _describe_data(faces: Faces, record: dict[str, Any]) -> dict[str, Any]:
    """Count the training faces of each source: all, happy and sad."""
    trained = faces.splits == "train"
    counts = {
        str(source): {
            "faces": int(np.sum(trained & (faces.sources == source))),
            "happy": int(np.sum(trained & (faces.sources == source) & (faces.plurality == HAPPINESS))),
            "sad": int(np.sum(trained & (faces.sources == source) & (faces.plurality == SADNESS))),
        }
        for source in sorted(set(faces.sources.tolist()))
    }
    return {"sources": counts, **record["data"]}
