"""A model folder is run as its model.json says, and refused when its files do not belong together."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from classifier.model import Model
from classifier.model_info import (
    AbstainRule,
    Calibration,
    ModelInfo,
    ModelInput,
    load_model_info,
    parse_model_info,
)
from classifier.types import ModelError

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = np.stack([np.full((256, 256, 3), level, dtype=np.uint8) for level in (40, 120, 200)])


@pytest.fixture
def copy_dir(model_dir: Path, tmp_path: Path) -> Path:
    return shutil.copytree(model_dir, tmp_path / "model")


def rewrite(folder: Path, **changes: object) -> None:
    """Change fields of a folder's model.json."""
    info = dataclasses.replace(load_model_info(folder), **changes)
    (folder / "model.json").write_text(info.to_json(), encoding="utf-8")


def test_a_model_gives_probability_evidence_and_map(model_dir: Path) -> None:
    """The test model's logit is 8 times the brightness above the middle."""
    answers = Model(model_dir).answer(LEVELS)
    logits = [8 * level / 255 - 4 for level in (40, 120, 200)]
    assert answers.probability_happy == pytest.approx(
        [1 / (1 + math.exp(-logit)) for logit in logits], abs=1e-5
    )
    assert answers.evidence == pytest.approx([math.tanh(logit**2) for logit in logits], abs=1e-5)
    assert answers.activation_maps is not None
    assert answers.activation_maps.shape == (3, 8, 8)
    assert answers.activation_maps.mean(axis=(1, 2)) == pytest.approx(logits, abs=1e-4)


def test_answers_do_not_depend_on_their_company(model_dir: Path) -> None:
    """A face is classified the same alone and in a group."""
    model = Model(model_dir)
    together = model.answer(LEVELS).probability_happy
    assert [float(model.answer(crop[np.newaxis]).probability_happy[0]) for crop in LEVELS] == list(together)


def test_the_calibration_of_model_json_is_applied(copy_dir: Path) -> None:
    """Half the logit, plus one."""
    rewrite(copy_dir, calibration=Calibration(temperature=2.0, bias=1.0))
    logit = (8 * 40 / 255 - 4) / 2 + 1
    assert Model(copy_dir).answer(LEVELS[:1]).probability_happy == pytest.approx([1 / (1 + math.exp(-logit))])


def test_a_saturated_output_stays_a_probability(copy_dir: Path) -> None:
    """A sigmoid of exactly 1 has no logit; what comes out is finite."""
    rewrite(copy_dir, input=ModelInput(type="float32", scale=100.0), calibration=Calibration(temperature=0.5))
    answers = Model(copy_dir).answer(LEVELS)
    assert np.isfinite(answers.probability_happy).all()
    assert (answers.probability_happy <= 1).all()


def test_a_file_that_was_changed_is_refused(copy_dir: Path) -> None:
    """Weights and model.json must come from one export."""
    weights = copy_dir / "model.tflite"
    weights.write_bytes(weights.read_bytes() + b"\x00")
    with pytest.raises(ModelError, match=r"not the file that model\.json describes"):
        Model(copy_dir)


def test_a_broken_file_with_the_right_checksum_is_refused(copy_dir: Path) -> None:
    """What LiteRT cannot run is not run."""
    import hashlib

    broken = (copy_dir / "model.tflite").read_bytes()[:-3000] + bytes(3000)
    broken = b"\x00" * 100 + broken[100:]
    (copy_dir / "model.tflite").write_bytes(broken)
    rewrite(copy_dir, weights_sha256=hashlib.sha256(broken).hexdigest())
    with pytest.raises(ModelError, match="cannot be run"):
        Model(copy_dir)


@pytest.mark.parametrize("missing", ["model.json", "model.tflite"])
def test_a_folder_that_lacks_a_file_is_refused(copy_dir: Path, missing: str) -> None:
    """The sentence names the file."""
    (copy_dir / missing).unlink()
    with pytest.raises(ModelError, match=missing):
        Model(copy_dir)


def test_an_input_of_another_size_is_refused(copy_dir: Path) -> None:
    """Crops are 256 x 256."""
    rewrite(copy_dir, input=ModelInput(size=128))
    with pytest.raises(ModelError, match="128"):
        Model(copy_dir)


def test_an_input_of_another_type_is_refused(copy_dir: Path) -> None:
    """At the start, not at the first face."""
    rewrite(copy_dir, input=ModelInput(type="uint8"))
    with pytest.raises(ModelError, match=r"takes float32 of \[1, 256, 256, 3\], model\.json says uint8"):
        Model(copy_dir)


def test_model_json_is_read_as_it_was_written(model_dir: Path) -> None:
    """Writer and reader share one definition."""
    info = load_model_info(model_dir)
    assert parse_model_info(info.to_json()) == info


def test_one_minimum_of_evidence_of_an_older_model_holds_for_both_emotions() -> None:
    """Models exported before the two were told apart are still read, kept predecessors among them."""
    info = ModelInfo(name="x", version="1", architecture="x", created="2026-01-01")
    fields = json.loads(info.to_json())
    fields["abstain"] = {"minimum_confidence": 0.55, "minimum_evidence": 0.18, "minimum_face_pixels": 24}

    rule = parse_model_info(json.dumps(fields)).abstain

    assert rule == AbstainRule(0.55, minimum_evidence_happy=0.18, minimum_evidence_sad=0.18)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"format_version": 1', '"format_version": 2'),
        ('"version"', '"verzion"'),
        ('"temperature": 1.0', '"temperature": 0'),
        ('"sad",\n', '"angry",\n'),
        ("{", ""),
        ('"float32",\n    "scale"', '"int4",\n    "scale"'),
        ('"temperature": 1.0', '"temperature": "1.0"'),
        ('"bias": 0.0', '"bias": NaN'),
        ('"offset": 0.0', '"offset": null'),
        ('"size": 256', '"size": "256"'),
        ('"minimum_confidence": 0.6', '"minimum_confidence": "0.6"'),
        ('"model.tflite"', "5"),
        ('"training": {}', '"training": []'),
    ],
)
def test_model_json_that_is_not_understood_is_refused(old: str, new: str) -> None:
    """A wrong field must not turn into wrong answers."""
    text = ModelInfo(name="x", version="1", architecture="x", created="2026-01-01").to_json()
    assert old in text
    with pytest.raises(ModelError):
        parse_model_info(text.replace(old, new, 1))
