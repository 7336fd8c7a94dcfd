"""Evaluations of a tiny model, from crops and from sources."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from predicted_faces import build_predictions

from classifier.model_info import FEW_FACES, AbstainRule, Calibration, load_model_info
from training.__main__ import main
from training.data.contact_sheet import REPOSITORY, InsideRepositoryError
from training.evaluation import calibration, thresholds
from training.evaluation.measure import compare, measure
from training.evaluation.mistakes import draw_worst
from training.release.model_card import write_model_card
from training.release.recalibrate import recalibrate

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Prepared, Sources


HAPPY_AND_SAD = build_predictions(
    ["happiness", "happiness", "sadness", "sadness", "neutral", "neutral", "unreadable", "fear"],
    [0.9, 0.6, 0.2, 0.8, 0.55, 0.95, 0.5, 0.1],
)


def test_only_happy_and_sad_faces_count_for_accuracy():
    """3 of 4 right; the other emotions tell only what is held back."""
    report = measure(HAPPY_AND_SAD, seed=0)

    assert (report["count"], report["happy"], report["sad"]) == (4, 2, 2)
    assert report["accuracy"] == report["balanced_accuracy"] == 0.75
    assert report["confusion"] == [[1, 1], [0, 2]]
    low, high = report["intervals"]["accuracy"]
    assert low < 0.75 < high


def test_what_is_held_back_is_told_by_emotion():
    """Confidence under 0.7: of four happy or sad one, of two neutral one, the unreadable, not the afraid."""
    held_back = measure(HAPPY_AND_SAD, seed=0)["held_back"]

    shares = {name: (group["share"], group["count"]) for name, group in held_back.items()}
    assert shares == {
        "happy_or_sad": (0.25, 4),
        "neutral": (0.5, 2),
        "unreadable": (1.0, 1),
        "other": (0.0, 1),
    }


def test_a_set_of_one_class_has_no_balanced_figures():
    """Rather than a figure that means something else."""
    report = measure(build_predictions(["happiness"] * 3, [0.9, 0.8, 0.3]), seed=0)

    assert report["accuracy"] == pytest.approx(2 / 3)
    assert "balanced_accuracy" not in report
    assert "roc_auc" not in report


def test_neutral_faces_are_counted_at_the_evidence_that_holds_back_one_in_twenty():
    """Of 100 happy and sad faces at most five may be held back: the border is the fifth lowest evidence."""
    evidence = np.concatenate([np.arange(1, 101) / 100, [0.03, 0.055, 0.07, 0.5]])
    predictions = dataclasses.replace(
        build_predictions(["happiness"] * 50 + ["sadness"] * 50 + ["neutral"] * 4, [0.9] * 104),
        evidence=evidence,
    )

    assert measure(predictions, seed=0)["neutral_held_back_at_5_percent"] == 0.25


def test_neutral_faces_that_are_surely_called_happy_or_sad_are_counted():
    """Of four neutral faces one is held back, two are called happy and one sad, whatever else there is."""
    predictions = build_predictions(["neutral"] * 4 + ["happiness"], [0.6, 0.9, 0.8, 0.2, 0.9])

    called = measure(predictions, seed=0)["neutral_called"]

    assert {name: (share["share"], share["count"]) for name, share in called.items()} == {
        "happy": (0.5, 4),
        "sad": (0.25, 4),
    }
    assert measure(predictions.select(np.arange(4)), seed=0)["neutral_called"] == called
    assert "neutral_called" not in measure(predictions.select(np.array([4])), seed=0)


def test_a_report_is_json_whatever_is_in_the_set():
    """No array, no number that is not one."""
    for predictions in (
        HAPPY_AND_SAD,
        build_predictions(["neutral"], [0.5]),
        build_predictions(["sadness"], [0.1]),
    ):
        json.dumps(measure(predictions, seed=0), allow_nan=False)


def test_a_comparison_says_who_was_right_where_they_differ():
    """The second model repairs one of the first's mistakes and makes none."""
    better = build_predictions(["happiness", "happiness", "sadness", "sadness"], [0.9, 0.6, 0.2, 0.3])
    worse = build_predictions(["happiness", "happiness", "sadness", "sadness"], [0.9, 0.6, 0.2, 0.8])

    report = compare(worse, better, seed=0)

    assert (report["only_first"], report["only_second"], report["count"]) == (0, 1, 4)
    assert report["balanced_accuracy_gained"] == pytest.approx(0.25)


def test_evaluate_measures_every_split_and_source_and_writes_it_down(
    model_dir: Path, prepared: Prepared, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Report, plots, worst mistakes, comparison and changed copies in one command."""
    out, worst = tmp_path / "out", tmp_path / "worst.png"

    status = main(
        ["evaluate", str(model_dir), "--data", str(prepared.folder), "--out", str(out), "--robustness",
         "--worst", str(worst), "--against", str(model_dir)]
    )  # fmt: skip

    assert status == 0
    report = json.loads((out / "report.json").read_text())
    assert {"test", "test/ferplus", "test/muxspace", "validation", "train/ferplus"} <= set(report["sets"])
    assert report["sets"]["test/ferplus"]["count"] == 16
    assert report["comparisons"]["test"]["p_value"] == 1
    assert report["agreement"]["grey"]["share"] == 1
    names = {"roc.png", "reliability.png", "risk-coverage.png", "confusion.png"}
    for drawn in ("test", "test/ferplus", "validation", "train/ferplus"):
        assert {path.name for path in (out / "plots" / drawn).glob("*.png")} == names, drawn
    assert worst.exists()
    assert "forced choice" in capsys.readouterr().out


def test_evaluate_classifies_whole_photos_end_to_end(model_dir: Path, sources: Sources, tmp_path: Path):
    """Of a folder with reviewed photos only those count, by their main face; all do if asked for."""
    arguments = ["evaluate", str(model_dir), "--source", str(sources.photos), "--out", str(tmp_path)]

    assert main(arguments) == 0
    reviewed = json.loads((tmp_path / "report.json").read_text())["sets"]["photos"]
    assert main([*arguments, "--unreviewed"]) == 0
    everything = json.loads((tmp_path / "report.json").read_text())["sets"]["photos"]

    assert (reviewed["count"], "photos" in reviewed) == (1, False)
    found = everything["photos"]["main_face_found"]
    assert (found["count"], found["share"]) == (4, 0.5)  # nobody, and a broken file


def test_grey_and_mirrored_copies_of_whole_photos_are_classified_end_to_end(
    model_dir: Path, sources: Sources, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """From decoding on: the face of each copy is found anew, in the mirror on the other side."""
    arguments = ["evaluate", str(model_dir), "--source", str(sources.photos), "--out", str(tmp_path)]

    assert main([*arguments, "--unreviewed", "--robustness"]) == 0

    agreement = json.loads((tmp_path / "report.json").read_text())["agreement"]
    assert set(agreement) == {"grey", "mirrored"}
    for copy in agreement.values():
        assert copy["face_found"]["share"] == 1
        assert copy["count"] == 2
        assert 0 < copy["largest_difference"] < 0.2
    assert "Same answer for a changed copy" in capsys.readouterr().out


def test_copies_of_training_faces_can_be_left_out(
    model_dir: Path, sources: Sources, prepared: Prepared, tmp_path: Path
):
    """The mirrored astronaut is in the training split, so only her other photo counts."""
    arguments = ["evaluate", str(model_dir), "--source", str(sources.photos), "--unreviewed"]

    assert main([*arguments, "--unlike", str(prepared.folder), "--out", str(tmp_path)]) == 0

    report = json.loads((tmp_path / "report.json").read_text())
    trained_on = [
        row for row in prepared.rows if row.key == "photos/sad/mirrored.jpg" and row.split == "train"
    ]
    assert len(trained_on) == 1
    assert report["data"]["left_out_as_near_duplicates"] in {
        1,
        2,
    }  # the drawn faces are hers as well: one may be too like


def test_a_part_that_a_source_does_not_have_is_an_error_with_advice(
    model_dir: Path, sources: Sources, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Without a traceback."""
    arguments = ["evaluate", str(model_dir), "--source", str(sources.ferplus), "--out", str(tmp_path)]

    assert main([*arguments, "--usage", "PrivateTest"]) == 1

    assert "PrivateTest" in capsys.readouterr().err


def test_faces_are_never_drawn_inside_the_repository():
    """Nobody on them agreed to be published."""
    crops = np.zeros((len(HAPPY_AND_SAD), 8, 8, 3), np.uint8)

    with pytest.raises(InsideRepositoryError, match="outside"):
        draw_worst(HAPPY_AND_SAD, crops, REPOSITORY / "worst.png")
    assert not (REPOSITORY / "worst.png").exists()


def test_the_worst_mistakes_are_drawn_and_only_they(tmp_path: Path):
    """One face of the four was read wrongly: one tile under one heading."""
    crops = np.full((len(HAPPY_AND_SAD), 8, 8, 3), 7, np.uint8)

    assert draw_worst(HAPPY_AND_SAD, crops, tmp_path / "deep" / "worst.png") == 1

    sheet = cv2.imread(str(tmp_path / "deep" / "worst.png"))
    dark = np.all(sheet == 7, axis=2)
    assert dark.sum() == 96 * 96


def test_recorded_figures_make_a_model_card(model_dir: Path, prepared: Prepared, tmp_path: Path):
    """Every figure of the card stands in model.json; a model that was not measured gets no card."""
    folder = tmp_path / "tiny"
    shutil.copytree(model_dir, folder)
    unmeasured = dataclasses.replace(load_model_info(folder), metrics={})
    (folder / "model.json").write_text(unmeasured.to_json())
    arguments = ["evaluate", str(folder), "--data", str(prepared.folder), "--out", str(tmp_path / "out")]

    assert main(["card", str(folder)]) == 1
    assert main([*arguments, "--split", "test", "--record"]) == 0
    assert main(["card", str(folder)]) == 0

    metrics = load_model_info(folder).metrics
    card = (folder / "README.md").read_text()
    assert next(iter(metrics)) == "test"
    assert f"{metrics['test/ferplus']['balanced_accuracy']:.1%}" in card
    assert re.search(r"\| ferplus \| 10\d \| 3\d \| 3\d \|", card)
    assert "must not be used" in card


def test_notes_beside_the_model_go_into_its_card(model_dir: Path, tmp_path: Path):
    """For what no command prints, such as an ablation."""
    info = dataclasses.replace(load_model_info(model_dir), metrics={"test": measure(HAPPY_AND_SAD, seed=0)})
    (tmp_path / "model.json").write_text(info.to_json())
    (tmp_path / "NOTES.md").write_text("## Ablation\n\nNothing helped.\n")

    assert "Nothing helped." in write_model_card(tmp_path).read_text()


def test_recalibration_changes_the_confidence_and_forgets_old_figures(
    model_dir: Path, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """What was measured with the old confidence is not true of the new one."""
    monkeypatch.setattr(thresholds, "ENOUGH_FACES", 2)  # the tiny set has a dozen
    folder = tmp_path / "tiny"
    shutil.copytree(model_dir, folder)

    first = recalibrate(folder, prepared.folder)

    assert first.metrics == {}
    assert first.calibration != load_model_info(model_dir).calibration
    assert load_model_info(folder) == first


def test_fitted_twice_to_the_same_faces_a_confidence_stays_where_it_was():
    """The second straight line is the one that changes nothing."""
    random = np.random.default_rng(3)
    is_happy = random.random(400) < 0.6
    logits = np.where(is_happy, 2.0, -1.0) + random.normal(0, 2.0, 400)
    first = calibration.fit_calibration(1 / (1 + np.exp(-logits)), is_happy)
    calibrated = np.array([first.apply(logit) for logit in logits])

    second = calibration.fit_calibration(calibrated, is_happy)

    assert second.temperature == pytest.approx(1, abs=0.01)
    assert second.bias == pytest.approx(0, abs=0.01)


def test_too_few_faces_leave_a_model_as_it_is(model_dir: Path, prepared: Prepared, tmp_path: Path):
    """A dozen faces say nothing about one answer in a hundred."""
    folder = tmp_path / "tiny"
    shutil.copytree(model_dir, folder)

    with pytest.raises(calibration.CalibrationError, match="at least 40 of each"):
        recalibrate(folder, prepared.folder)

    assert load_model_info(folder) == load_model_info(model_dir)


OVERCONFIDENT = Calibration(temperature=0.05, bias=105.0), AbstainRule(0.5, 0.01, 0.0, 24, "fitted to few")
FEW = {"happy": 12, "sad": 9, "neutral": 0}


def test_a_model_fitted_to_few_faces_keeps_its_parents_confidence(model_dir: Path):
    """A stranger's 210 photos once gave a temperature of 0.05, and every cup was happy, 99% sure."""
    parent = load_model_info(model_dir)

    fitted, rule = thresholds.fall_back(OVERCONFIDENT, FEW, parent)

    assert fitted == parent.calibration
    assert dataclasses.replace(rule, rule="") == dataclasses.replace(parent.abstain, rule="")
    assert rule.rule.startswith("Only 12 happy, 9 sad, 0 neutral validation faces")
    assert f"those of {parent.name} {parent.version}" in rule.rule


def test_without_a_parent_few_faces_make_it_cautious():
    """Never surer than the network itself, and more is asked of an answer."""
    fitted, rule = thresholds.fall_back(OVERCONFIDENT, FEW, None)

    assert fitted == Calibration(temperature=1.0, bias=2.0)
    assert rule.minimum_confidence >= 0.8
    assert min(rule.minimum_evidence_happy, rule.minimum_evidence_sad) >= 0.5


def test_a_small_folder_says_so_in_its_record_and_its_card(model_dir: Path):
    """The tiny run has a dozen validation faces; whoever runs it is told."""
    info = load_model_info(model_dir)

    assert info.training[FEW_FACES]
    assert "too few to choose by" in info.abstain.rule
    assert "too few to choose by" in write_model_card(model_dir).read_text(encoding="utf-8")
