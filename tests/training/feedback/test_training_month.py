"""The whole loop in one command, with people who do not exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from predicted_faces import build_predictions
from training_people import KEY_TEXT
from training_sources import write_muxspace

from classifier.face_encryption import load_key, open_face
from classifier.model_info import load_model_info
from training.__main__ import main
from training.data.prepare import prepare
from training.data.sources import read_source
from training.feedback.press_counts import read_counts
from training.feedback.simulated_users import Crowd, simulate_month, split_identities

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Sources

TRUTHS = ["happiness", "sadness", "neutral", "anger"] * 20
ANSWERS = [0.9, 0.8, 0.95, 0.55] * 20  # right, wrong, wrong, and held back as it should be


def simulate(model_dir: Path, crowd: Crowd, seed: int = 0):
    predictions = build_predictions(TRUTHS, ANSWERS)
    crops = np.random.default_rng(0).integers(0, 256, (len(predictions), 96, 96, 3)).astype(np.uint8)
    identities = [f"person {number % 10}" for number in range(len(predictions))]
    return simulate_month(
        crops, identities, predictions, load_model_info(model_dir), crowd, load_key(KEY_TEXT), seed
    )


def test_honest_people_correct_what_is_wrong_and_only_that(model_dir: Path):
    """If all of them press and agree, every wrong answer is kept with the truth."""
    month = simulate(model_dir, Crowd(press_right=1, press_wrong=1, consent=1, bad_actors=0))

    assert sorted({(face.answer, face.label) for face in month.kept}) == [
        ("happy", "neither"),
        ("happy", "sad"),
    ]
    assert len(month.kept) == 40
    assert not month.false


def test_bad_actors_send_the_opposite_of_the_truth_in_a_flood(model_dir: Path):
    """From one account each, within three days; the truth is known to the test alone."""
    month = simulate(model_dir, Crowd(press_wrong=0, bad_actors=2, false_each=15))

    assert len(month.kept) == len(month.false) == 30
    by_person = {face.contributor: set() for face in month.kept}
    for face in month.kept:
        by_person[face.contributor].add(face.created)
    assert len(by_person) == 2
    assert all(len(days) <= 3 for days in by_person.values())


def test_a_seed_repeats_a_month(model_dir: Path):
    """The same faces under the same ids; another seed, others."""
    one, again, other = (simulate(model_dir, Crowd(), seed) for seed in (1, 1, 2))

    assert (one.kept, one.counts) == (again.kept, again.counts)
    assert {face.id for face in one.kept} != {face.id for face in other.kept}


def test_nobody_is_in_both_halves_and_both_have_sad_people():
    """Only named people of the test split are dealt."""
    emotions = {"happiness": "0", "sadness": "0", "neutral": "0", "surprise": "0", "anger": "0",
                "disgust": "0", "fear": "0", "contempt": "0", "unreadable": "0"}  # fmt: skip
    rows = [
        emotions | {"split": "test", "identity": f"p{n}", "sadness" if n < 4 else "happiness": "1"}
        for n in range(20)
    ]
    rows += [emotions | {"split": "train", "identity": "q"}, emotions | {"split": "test", "identity": ""}]

    senders, untouched = split_identities(rows, seed=0)

    assert senders | untouched == {f"p{n}" for n in range(20)}
    assert not senders & untouched
    sad = {f"p{n}" for n in range(4)}
    assert len(senders & sad) == len(untouched & sad) == 2


@pytest.fixture(scope="module")
def month_dir(model_dir: Path, sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty named people, of whom nine send photos."""
    data, muxspace, out = (tmp_path_factory.mktemp(name) for name in ("data", "people", "month"))
    write_muxspace(muxspace / "muxspace", people=60)
    samples = [
        sample for source in (sources.ferplus, muxspace / "muxspace") for sample in read_source(source)
    ]
    prepare(samples, data, seed=0)
    status = main(
        ["month", "--data", str(data), "--champion", str(model_dir), "--out", str(out),
         "--bad-actors", "2", "--false-each", "20", "--epochs", "1", "--share", "0.9",
         "--page", str(out / "copy.md")]
    )  # fmt: skip
    assert status == 0
    return out


def test_one_command_goes_from_a_stream_to_a_decision(month_dir: Path, model_dir: Path):
    """Sealed faces, counts, report, challenger, decision; the model itself stays as it is."""
    key = load_key((month_dir / "key").read_text())
    sealed = [open_face(path.read_bytes(), key, path.stem) for path in (month_dir / "corrections").iterdir()]
    decision = json.loads((month_dir / "decision" / "decision.json").read_text())
    in_use = load_model_info(month_dir / "models" / "tiny").version

    assert len(sealed) > 0
    assert sum(count.count for count in read_counts(month_dir / "counts.jsonl")) >= len(sealed)
    assert (month_dir / "report" / "corrections.md").exists()
    assert load_model_info(month_dir / "challenger" / "tiny").parent == "0.1.0"
    assert in_use == ("0.2.0" if decision["promoted"] else "0.1.0")
    assert load_model_info(model_dir).version == "0.1.0"
    assert not (month_dir / "base").exists()


def test_the_page_shows_before_and_after_as_the_card_does(month_dir: Path):
    """On sets that nothing of the month touched."""
    page = (month_dir / "month.md").read_text()

    assert (month_dir / "copy.md").read_text() == page
    assert "2 who send up to 20 false labels each, and fine-tunes on 90% of the old training faces" in page
    assert str(month_dir) not in page
    assert "## tiny 0.1.0" in page
    assert "## tiny 0.2.0" in page
    assert page.count("| set | happy + sad | balanced accuracy |") == 2
    assert page.count("| test/ferplus |") == 4
    assert "of them false" in page
    assert "The champion was trained on another prepared set" in page
