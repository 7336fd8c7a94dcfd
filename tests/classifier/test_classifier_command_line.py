"""`python -m classifier` on real files, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from classifier_pictures import encode

from classifier.__main__ import _format_text
from classifier.types import Box, Face, Keypoints, Point, Prediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def photos(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    (folder / "face.jpg").write_bytes(encode(astronaut))
    (folder / "more" / "face.png").write_bytes(encode(astronaut, "PNG"))
    (folder / "nobody.jpg").write_bytes(encode(np.full((200, 300, 3), 90, dtype=np.uint8)))
    (folder / "text.jpg").write_bytes(b"not a picture")
    return folder


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    command = [sys.executable, "-m", "classifier", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


def test_json_lines_say_all_that_was_seen(model_dir: Path, photos: Path) -> None:
    """One object a photo, in order; a photo that cannot be read makes the status 1 and stops nothing."""
    files = [photos / "face.jpg", photos / "text.jpg", photos / "missing.jpg", photos, photos / "nobody.jpg"]
    done = run("--json", "--model", model_dir, *files)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [line["photo"] for line in lines] == [str(file) for file in files]
    face, text, missing, folder, nobody = lines
    assert (face["width"], face["height"], face["error"]) == (512, 512, None)
    (seen,) = face["faces"]
    assert list(seen) == ["box", "probability_happy", "emotion", "confidence", "sure"]
    assert all(abs(found - known) < 12 for found, known in zip(seen["box"], (173, 75, 104, 104), strict=True))
    assert seen["confidence"] == max(seen["probability_happy"], round(1 - seen["probability_happy"], 4))
    assert text["error"]["kind"] == "not_an_image"
    assert "Send" in text["error"]["message"]
    assert missing["error"]["kind"] == folder["error"]["kind"] == "unreadable_file"
    assert text["faces"] == missing["faces"] == []
    assert (nobody["faces"], nobody["error"]) == ([], None)


def test_plain_lines_are_for_reading_and_pictures_are_numbered(model_dir: Path, photos: Path) -> None:
    """One line a photo; with --annotate a picture each, two of one name kept apart."""
    pictures = photos / "out"
    files = [photos / "face.jpg", photos / "more" / "face.png", photos / "nobody.jpg"]
    done = run("--model", model_dir, "--annotate", pictures, *files)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(file) for file in files]
    assert "1 · " in lines[0]
    assert "no face" in lines[2]
    names = ["face-faces-2.jpg", "face-faces.jpg", "nobody-faces.jpg"]
    assert sorted(file.name for file in pictures.iterdir()) == names
    assert all(file.read_bytes().startswith(b"\xff\xd8\xff") for file in pictures.iterdir())


def test_nothing_is_said_to_be_certain() -> None:
    """However near to 1 a confidence is."""
    points = Keypoints(*[Point(0.0, 0.0)] * 6)
    face = Face(Box(0, 0, 60, 60), points, 0.9, 0.00004, 1.0, "sad", 0.99996, sure=True, doubt=None)
    line = _format_text("photo.jpg", Prediction(100, 100, (face,)), None)
    assert line == "photo.jpg: 1 · looks sad — 99% sure"


@pytest.mark.parametrize(
    "arguments", [[], ["--no-such-option", "x.jpg"], ["--model", "no/such/model", "x.jpg"]]
)
def test_bad_arguments_give_status_2_and_a_sentence(arguments: list[str]) -> None:
    """Nothing is judged, and no traceback shown."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr
