"""Named changes, each trained with several seeds, and the table of what they are worth."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from training.data.dataset import load_prepared
from training.errors import TrainingError
from training.experiments.ablate import AblateOptions, ablate, measure_network, spoil_faces
from training.experiments.ablation_table import Run, format_ablation, tabulate_ablation
from training.experiments.variants import read_variants
from training.fit.hyperparameters import Hyperparameters
from training.networks.architectures import emotion_core
from training.networks.inputs import resize_faces
from training.options import Ablate

if TYPE_CHECKING:
    from conftest import Prepared

PROJECT = Path(__file__).resolve().parents[3]


def test_a_change_leaves_the_other_numbers_as_they_are(tmp_path: Path):
    """Of the base and of each group; lists become tuples, and whole numbers do where fractions stand."""
    path = tmp_path / "changes.toml"
    path.write_text(
        """
        [base]
        widths = [8, 16]
        [variants."nothing covered"]
        augmentation = { cover = 0 }
        keep_share = { neutral = 1.0 }
        [variants.taught]
        sizes = [[0.5, 24], [1, 48]]
        teachers = ["models/one", "models/other"]
        """
    )

    base, uncovered, taught = read_variants(path, Hyperparameters())

    assert [base.name, uncovered.name, taught.name] == ["base", "nothing covered", "taught"]
    assert base.parameters == Hyperparameters(widths=(8, 16))
    plain = Hyperparameters()
    assert uncovered.parameters == dataclasses.replace(
        base.parameters,
        augmentation=dataclasses.replace(plain.augmentation, cover=0.0),
        keep_share={**plain.keep_share, "neutral": 1.0},
    )
    assert taught.parameters.sizes == ((0.5, 24), (1.0, 48))
    assert taught.teachers == (Path("models/one"), Path("models/other"))
    assert base.teachers == ()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("widths = ", "is no TOML file"),
        ("", "Expected"),
        ("[variants]\ndropout = 0.1", "a table such as"),
        ("[other]\n[changes.x]\ndropout = 0.1", "a table such as"),
        ("[variants.x]\nvolume = 11", "there is no 'volume'. There are architecture, seed"),
        ("[variants.x]\naugmentation = { fog = 1 }", "there is no 'fog'. There are rotation"),
        ('[variants.x]\nepochs = "many"', "epochs is 'many', expected something like 28"),
    ],
    ids=["syntax", "empty", "no-table", "other-table", "unknown", "unknown-inside", "kind"],
)  # fmt: skip
def test_a_mistake_in_the_file_is_told(text: str, sentence: str, tmp_path: Path):
    """With the change's name and what there is instead."""
    path = tmp_path / "changes.toml"
    path.write_text(text)

    with pytest.raises(TrainingError, match=sentence.replace("(", r"\(")):
        read_variants(path, Hyperparameters())


def test_the_shipped_file_is_one_that_can_be_run():
    """Every change of the default file differs from the base."""
    default = Ablate("happy_sad_net", out=Path("x")).variants
    base, *changed = read_variants(PROJECT / default, Hyperparameters())

    assert len(changed) >= 5
    assert all(dataclasses.replace(variant, name=base.name) != base for variant in changed)


@pytest.fixture(scope="module")
def options(
    prepared: Prepared, tiny_parameters: Hyperparameters, tmp_path_factory: pytest.TempPathFactory
) -> AblateOptions:
    root = tmp_path_factory.mktemp("ablation")
    path = root / "changes.toml"
    path.write_text('[variants."hardly learns"]\nlearning_rate = 1e-9')
    small = dataclasses.replace(tiny_parameters, sizes=((1.0, 16),))
    return AblateOptions(tuple(read_variants(path, small)), prepared.folder, root / "out", seeds=(1, 2))


@pytest.fixture(scope="module")
def runs(options: AblateOptions) -> list[Run]:
    return ablate(options)


def test_each_change_is_trained_with_each_seed(options: AblateOptions, runs: list[Run]):
    """All of one seed before the next; a network that learns beats one that does not; a row a run is kept."""
    assert [(run.change, run.seed) for run in runs] == [
        ("base", 1), ("hardly learns", 1), ("base", 2), ("hardly learns", 2)
    ]  # fmt: skip
    for learnt, idle in (runs[:2], runs[2:]):
        assert learnt.figures["nll"] < idle.figures["nll"] - 0.1
        assert learnt.figures["roc_auc"] > idle.figures["roc_auc"]
        assert 0 <= learnt.figures["neutral_held_back"] <= 1
        assert learnt.figures["balanced_accuracy/ferplus"] > 0.7
    with (options.out_dir / "runs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["change"], int(row["seed"]), float(row["nll"])) for row in rows] == [
        (run.change, run.seed, run.figures["nll"]) for run in runs
    ]
    assert "| hardly learns | 1, 2 |" in (options.out_dir / "ablation.md").read_text()


def test_what_was_trained_is_not_trained_again(options: AblateOptions, runs: list[Run]):
    """A second call only reads; a run that was stopped halfway is trained to its end, to the same figures."""
    stopped = options.out_dir / "base" / "seed-2"
    record = json.loads((stopped / "ablation.json").read_text())
    untouched = (options.out_dir / "base" / "seed-1" / "trained.keras").stat().st_mtime_ns
    (stopped / "ablation.json").write_text(json.dumps({k: v for k, v in record.items() if k != "figures"}))
    (stopped / "trained.keras").unlink()

    again = ablate(options)

    assert (stopped / "trained.keras").exists()
    assert (options.out_dir / "base" / "seed-1" / "trained.keras").stat().st_mtime_ns == untouched
    for run, before in zip(again, runs, strict=True):
        assert run.figures == pytest.approx(before.figures, abs=1e-4)


def test_runs_with_other_numbers_are_not_mixed(options: AblateOptions, runs: list[Run]):
    """A table over runs that differ in more than the change would tell nothing."""
    others = tuple(
        dataclasses.replace(variant, parameters=dataclasses.replace(variant.parameters, dropout=0.0))
        for variant in options.variants
    )

    with pytest.raises(TrainingError, match="other hyperparameters"):
        ablate(dataclasses.replace(options, variants=others))


def test_names_that_would_share_a_folder_are_refused(options: AblateOptions):
    """The runs of one would be taken for those of the other."""
    twins = tuple(dataclasses.replace(options.variants[0], name=name) for name in ("a b", "a-b"))

    with pytest.raises(TrainingError, match="punctuation"):
        ablate(dataclasses.replace(options, variants=twins))


def test_a_run_that_diverged_is_as_good_as_a_coin(prepared: Prepared, tiny_parameters: Hyperparameters):
    """It has its row like any other, instead of ending all runs."""
    faces = load_prepared(prepared.folder).select_split("validation")

    network = emotion_core(tiny_parameters.widths)
    network.set_weights([np.full_like(weights, np.nan) for weights in network.get_weights()])
    figures = measure_network(network, tiny_parameters, faces)

    assert figures["balanced_accuracy"] == 0.5
    assert figures["roc_auc"] == 0.5
    assert figures["nll"] == pytest.approx(np.log(2))


def test_poor_photos_are_poor_in_the_same_way_in_every_run(prepared: Prepared):
    """Or two networks would be compared on different photos."""
    faces = load_prepared(prepared.folder).select_split("validation")
    spoilt = spoil_faces(faces, 32)
    assert spoilt.shape == (len(faces), 32, 32, 3)
    few = np.arange(len(faces)) % 2 == 1
    assert np.array_equal(spoil_faces(faces.select(few), 32), spoilt[few])
    changed = np.abs(spoilt.astype(int) - resize_faces(faces.crops, 32)).mean(axis=(1, 2, 3)) > 1
    assert changed.mean() > 0.9


def test_the_table_compares_runs_of_one_seed():
    """Seeds that differ more than the changes do hide nothing: each difference is taken within its seed."""
    figures = {"balanced_accuracy": 0.9, "roc_auc": 0.95}
    runs = [
        Run("base", 1, {**figures, "nll": 0.20, "nll_spoilt": 0.30}),
        Run("base", 2, {**figures, "nll": 0.10, "nll_spoilt": 0.20}),
        Run("better", 1, {**figures, "nll": 0.19, "nll_spoilt": 0.33}),
        Run("better", 2, {**figures, "nll": 0.08, "nll_spoilt": 0.21}),
    ]

    base, better = tabulate_ablation(runs)

    assert base[-1] == "-"
    assert better == [
        "better", "1, 2", "90.0% [90.0%, 90.0%]", "0.1350 [0.0800, 0.1900]", "0.9500 [0.9500, 0.9500]", "-",
        "-0.0150 [-0.0200, -0.0100]", "0.2700 [0.2100, 0.3300]", "+0.0200 [+0.0100, +0.0300]",
    ]  # fmt: skip
    assert format_ablation(runs).splitlines()[-1] == f"| {' | '.join(better)} |"
