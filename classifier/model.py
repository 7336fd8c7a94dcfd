"""Crops in, calibrated answers out: a model folder run on LiteRT."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from classifier.faces.face_alignment import CROP_SIZE
from classifier.litert import hide_delegate_line
from classifier.model_info import ModelInfo, check_digest, load_model_info
from classifier.types import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIGNATURE = "serving_default"
PROBABILITY, EVIDENCE, UNREADABLE, ACTIVATION_MAP = (
    "probability_happy",
    "evidence",
    "unreadable",
    "activation_map",
)
"""The outputs that training may export; a single output, whatever its name, is the probability."""

_SMALLEST_PROBABILITY = 1e-6  # a saturated sigmoid gives 0 or 1, whose logit is infinite


@dataclass(frozen=True, slots=True)
class Answers:
    """What the model says of N crops.

    Attributes:
        probability_happy: (N,) calibrated probability of happy against sad, in 0..1.
        evidence: (N,) how much each face is happy or sad at all, in 0..1; 1 from a model that cannot say.
        unreadable: (N,) how much each face is one that nobody can read, in 0..1; 0 from a model that cannot
            say.
        activation_maps: (N, h, w) what speaks for happy (above 0) and for sad (below); None from a model
            that cannot say.
    """

    probability_happy: NDArray[np.float64]
    evidence: NDArray[np.float64]
    unreadable: NDArray[np.float64]
    activation_maps: NDArray[np.float32] | None


class Model:
    """A model folder, ready to run. Not thread-safe: one a worker.

    Args:
        model_dir: Holds model.json and the LiteRT file that it names.

    Raises:
        ModelError: The folder is incomplete, or its files do not belong together.
    """

    def __init__(self, model_dir: Path) -> None:
        self.info: ModelInfo = load_model_info(model_dir)
        weights_file = _check_weights(model_dir, self.info)
        try:
            # By its path: the file is mapped, so that workers share its pages.
            interpreter = Interpreter(model_path=str(weights_file), num_threads=1)
            with hide_delegate_line():
                interpreter.allocate_tensors()
            self._run = interpreter.get_signature_runner(SIGNATURE)
            signature = interpreter.get_signature_list()[SIGNATURE]
            (self._input_name,) = signature["inputs"]
            taken = self._run.get_input_details()[self._input_name]
        except (ValueError, KeyError, RuntimeError) as error:
            raise ModelError(f"{weights_file} cannot be run ({error}). Export the model again.") from error
        found = f"{np.dtype(taken['dtype'])} of {[int(side) for side in taken['shape']]}"
        expected = f"{self.info.input.type} of {[1, CROP_SIZE, CROP_SIZE, 3]}"
        if found != expected:
            raise ModelError(
                f"{weights_file} takes {found}, model.json says {expected}. "
                "Restore both from the same export."
            )
        self._probability_name = _find_probability(signature["outputs"])

    def answer(self, batch: NDArray[np.uint8]) -> Answers:
        """Classify crops.

        Args:
            batch: (N, 256, 256, 3) RGB.
        """
        # One crop at a time: on one thread a batch is no faster, and its buffers would stay as large as the
        # largest group photo made them.
        outputs = [self._run(**{self._input_name: self.info.input.feed(crop[np.newaxis])}) for crop in batch]
        raw = [float(output[self._probability_name].ravel()[0]) for output in outputs]
        maps = [output[ACTIVATION_MAP].squeeze() for output in outputs if ACTIVATION_MAP in output]
        return Answers(
            probability_happy=np.array(
                [self.info.calibration.apply(_logit(p)) for p in raw], dtype=np.float64
            ),
            evidence=np.array([_read(output, EVIDENCE, 1.0) for output in outputs], dtype=np.float64),
            unreadable=np.array([_read(output, UNREADABLE, 0.0) for output in outputs], dtype=np.float64),
            activation_maps=np.stack(maps).astype(np.float32) if maps else None,
        )


def _check_weights(model_dir: Path, info: ModelInfo) -> Path:
    """Check the LiteRT file against its checksum, and model.json against the size of our crops."""
    if info.input.size != CROP_SIZE:
        raise ModelError(
            f"The model takes {info.input.size} x {info.input.size} pixels; expected {CROP_SIZE}."
        )
    path = model_dir / info.weights_file
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error}). Restore the file or pick another model."
        ) from error
    check_digest(path, found, info)
    return path


def _find_probability(outputs: list[str]) -> str:
    """Pick the output that is the probability of happy."""
    if PROBABILITY in outputs:
        return PROBABILITY
    if len(outputs) == 1:
        return outputs[0]
    raise ModelError(
        f"The model's outputs are {outputs}; expected one named {PROBABILITY!r}, or a single one."
    )


def _logit(probability: float) -> float:
    """Undo the sigmoid."""
    p = min(max(probability, _SMALLEST_PROBABILITY), 1 - _SMALLEST_PROBABILITY)
    return float(np.log(p / (1 - p)))


def _read(output: dict[str, NDArray[Any]], name: str, otherwise: float) -> float:
    """Take one number that a model may say of one crop."""
    return float(output[name].ravel()[0]) if name in output else otherwise
