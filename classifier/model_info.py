"""`model.json`: the one place that says how a model is used. Training writes it, the classifier reads it."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from classifier.types import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FORMAT_VERSION = 1
FILE_NAME = "model.json"

FEW_FACES = "few_held_out_faces"
"""In `training`: whether there were too few faces to fit calibration and thresholds to."""

InputType = Literal["float32", "uint8"]


@dataclass(frozen=True, slots=True)
class ModelInput:
    """What the network is fed: RGB crops of `size` x `size` pixels, as `crop * scale + offset`.

    A network of type "uint8" takes the pixels as they are and scales them inside.
    """

    size: int = 256
    color_order: Literal["RGB"] = "RGB"
    type: InputType = "float32"
    scale: float = 1 / 255
    offset: float = 0.0

    def feed(self, crops: NDArray[np.uint8]) -> NDArray[Any]:
        """Turn crops, (N, S, S, 3) uint8, into what the network takes: themselves, or scaled float32."""
        if self.type == "uint8":
            return crops
        return crops.astype("float32") * self.scale + self.offset


@dataclass(frozen=True, slots=True)
class Calibration:
    """Makes the network's probability honest: sigmoid(logit / temperature + bias), fitted on held-out faces.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", with a bias as in Platt scaling.
    """

    temperature: float = 1.0
    bias: float = 0.0

    def apply(self, logit: float) -> float:
        """Turn the network's logit of happy against sad into a calibrated probability in 0..1."""
        value = logit / self.temperature + self.bias
        return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


@dataclass(frozen=True, slots=True)
class AbstainRule:
    """When to say "hard to tell": below any of these minima.

    Attributes:
        minimum_confidence: Of the calibrated answer, in 0.5..1.
        minimum_evidence_happy: That a face called happy is happy or sad at all, in 0..1.
        minimum_evidence_sad: The same for a face called sad.
        minimum_face_pixels: The shorter side of the face's box in the photo.
        rule: How the thresholds were chosen, in a sentence.
    """

    minimum_confidence: float = 0.6
    minimum_evidence_happy: float = 0.0
    minimum_evidence_sad: float = 0.0
    minimum_face_pixels: int = 24
    rule: str = ""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """All that `model.json` holds.

    Attributes:
        name: The folder's name, such as "seed-cnn".
        version: Of the weights, such as "1.0.0".
        architecture: The function in training/networks/architectures.py that builds it.
        created: ISO 8601 date.
        class_names: Negative class first: the network's probability is that of the second.
        weights_file: The LiteRT file beside model.json.
        weights_sha256: Of that file, as hexadecimal digits.
        quantization: "float32", "float16" or "int8" (dynamic range).
        input: What the network is fed.
        calibration: From logit to probability.
        abstain: When to hold back.
        training_data: What it was trained on: name to count, hash and the like.
        training: Hyperparameters, seeds, package versions.
        metrics: Measured by `python -m training evaluate`, by data set.
        parent: Version of the model that `improve` made it from; None when it is no such model's child.
    """

    name: str
    version: str
    architecture: str
    created: str
    class_names: tuple[str, str] = ("sad", "happy")
    weights_file: str = "model.tflite"
    weights_sha256: str = ""
    quantization: str = "float32"
    input: ModelInput = field(default_factory=ModelInput)
    calibration: Calibration = field(default_factory=Calibration)
    abstain: AbstainRule = field(default_factory=AbstainRule)
    training_data: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    parent: str | None = None

    def to_json(self) -> str:
        """Format as the text of `model.json`."""
        return json.dumps({"format_version": FORMAT_VERSION, **dataclasses.asdict(self)}, indent=2) + "\n"


def parse_model_info(text: str) -> ModelInfo:
    """Read the text of a `model.json`.

    Raises:
        ModelError: Not JSON, a field missing, unknown or of the wrong kind, or written by a newer version.
    """
    try:
        fields = json.loads(text)
        format_version = fields.pop("format_version")
        if format_version != FORMAT_VERSION:
            raise ModelError(
                f"model.json has format version {format_version!r}; this program reads {FORMAT_VERSION}. "
                "Use a model made for this version."
            )
        fields["class_names"] = tuple(fields["class_names"])
        info = ModelInfo(
            **{
                **fields,
                "input": ModelInput(**fields["input"]),
                "calibration": Calibration(**fields["calibration"]),
                "abstain": _read_abstain_rule(fields["abstain"]),
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"model.json is not understood ({error}). Restore the file or pick another model."
        ) from error
    _check(info)
    return info


def _read_abstain_rule(fields: dict[str, Any]) -> AbstainRule:
    """Read the rule; models of before 1.2.0 have one minimum of evidence for both emotions."""
    if "minimum_evidence" in fields:
        minimum = fields["minimum_evidence"]
        fields = {name: value for name, value in fields.items() if name != "minimum_evidence"}
        fields |= {"minimum_evidence_happy": minimum, "minimum_evidence_sad": minimum}
    return AbstainRule(**fields)


def load_model_info(model_dir: Path) -> ModelInfo:
    """Read `model.json` in a model folder.

    Raises:
        ModelError: As `parse_model_info`, or the file cannot be read.
    """
    path = model_dir / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{path} cannot be read ({error}). Expected a model folder such as models/seed-cnn."
        ) from error
    return parse_model_info(text)


def check_digest(weights_file: Path, found: str, info: ModelInfo) -> None:
    """Check a weights file against the checksum in `model.json`.

    Args:
        weights_file: For the sentence.
        found: SHA-256 of the file, as hexadecimal digits.
        info: Of `model.json`.

    Raises:
        ModelError: They do not belong together.
    """
    if found != info.weights_sha256:
        raise ModelError(
            f"{weights_file} is not the file that model.json describes (SHA-256 {found[:12]}…, expected "
            f"{info.weights_sha256[:12] or 'one'}…). Restore both from the same export."
        )


def _check(info: ModelInfo) -> None:
    """Refuse values that would silently make every answer wrong, or fail at the first photo."""
    texts = {name: getattr(info, name) for name in ("name", "version", "weights_file", "weights_sha256")}
    numbers = {
        "input size": info.input.size,
        "input scale": info.input.scale,
        "input offset": info.input.offset,
        "temperature": info.calibration.temperature,
        "bias": info.calibration.bias,
        **{name: value for name, value in dataclasses.asdict(info.abstain).items() if name != "rule"},
    }
    for name, text in texts.items():
        if not isinstance(text, str):
            raise ModelError(f"model.json has {name} {text!r}; expected a text.")
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            raise ModelError(f"model.json has {name} {number!r}; expected a number.")
    for name in ("training_data", "training", "metrics"):
        if not isinstance(getattr(info, name), dict):
            raise ModelError(f"model.json has something else than an object as {name}.")
    if info.class_names != ("sad", "happy"):
        raise ModelError(f'model.json names the classes {info.class_names!r}; expected ("sad", "happy").')
    if info.input.size <= 0 or info.input.color_order != "RGB" or info.input.type not in get_args(InputType):
        raise ModelError(f"model.json describes an input that is not understood: {info.input}.")
    if not info.calibration.temperature > 0:
        raise ModelError(
            f"model.json has temperature {info.calibration.temperature}; expected a number above 0."
        )
