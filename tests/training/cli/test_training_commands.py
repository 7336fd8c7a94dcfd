"""The command line: what is quick, what is refused, and how."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from training.__main__ import main
from training.cli import parser

if TYPE_CHECKING:
    from conftest import Sources

# Such as "train" and "corrections export".
COMMANDS = (*parser._COMMANDS, *(f"corrections {name}" for name in parser._CORRECTIONS))
PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]):
    """`--help` names the command's options and ends well."""
    assert main([*command.split(), "--help"]) == 0

    assert f"python -m training {command}" in capsys.readouterr().out


def test_help_loads_nothing_slow():
    """Neither Keras nor OpenCV nor NumPy: a person who asks for help waits for none of them."""
    program = (
        "import sys, os, training.__main__ as room; sys.stdout = open(os.devnull, 'w');"
        "room.main(['--help']); sys.stdout = sys.__stdout__;"
        "print(sorted({'keras', 'tensorflow', 'cv2', 'numpy', 'sklearn', 'optuna'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_prepare_says_what_was_kept_and_dropped(
    sources: Sources, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """By source, split and reason."""
    assert main(["prepare", str(sources.photos), "--out", str(tmp_path / "set")]) == 0

    told = capsys.readouterr().out
    assert "dropped: no" in told
    assert (tmp_path / "set" / "manifest.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["prepare", "nowhere.zip"], "nowhere.zip does not exist"),
        (["evaluate", "no-model"], "Expected a model folder"),
        (["plots", "no-run"], "no-run/log.jsonl: No such file"),
        (["train", "happy_sad_net", "--start", "no-model", "--out", "x"], "Expected a model folder"),
        (["train", "seed_cnn", "--bottlenecks", "0,1,2", "--out", "x"], "seed_cnn has one size"),
    ],
    ids=["source", "model", "run", "start", "size"],
)
def test_a_mistake_is_answered_with_a_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    """On standard error, with exit status 1 and no traceback."""
    monkeypatch.chdir(tmp_path)

    assert main(arguments) == 1

    told = capsys.readouterr().err
    assert sentence in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["train", "resnet", "--out", "x"], ["train", "seed_cnn"], ["tune", "seed_cnn"],
     ["train", "seed_cnn", "--out", "x", "--epochs", "0"], ["evaluate", "m", "--data", "a", "--source", "b"],
     ["train", "happy_sad_net", "--out", "x", "--bottlenecks", "0,1"]],
    ids=["nothing", "unknown", "network", "no-out", "tune-no-out", "no-epochs", "two-sources", "two-numbers"],
)  # fmt: skip
def test_bad_arguments_end_with_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    """As every command-line program does, with a sentence that says which command and what is wrong."""
    assert main(arguments) == 2

    told = capsys.readouterr().err
    assert told.startswith("python -m training: error: ")
    assert told.endswith(" See --help.\n")


def test_lists_take_all_that_follows_and_a_misspelt_option_names_the_nearest(
    capsys: pytest.CaptureFixture[str],
):
    """`--split test train` is one list; an unknown option is refused with the nearest known one."""
    assert main(["evaluate", "m", "--split", "test", "train", "--robustnes"]) == 2

    assert "Did you mean --robustness?" in capsys.readouterr().err


def test_the_readme_lists_every_command_and_option():
    """training/README.md holds the table that the code makes; `python -m training.cli.parser` renews it."""
    readme = (PROJECT / "training/README.md").read_text(encoding="utf-8")

    assert parser.format_table() in readme, "run: python -m training.cli.parser"
