"""`python -m classifier` on real files, in a process of its own."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pty
import subprocess
import sys
import termios
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest
from classifier_pictures import encode
from clip_files import move, write_clip, write_gif

from classifier.cli_output import format_json, format_text
from classifier.types import Box, Doubt, Face, Keypoints, Point, Prediction

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


def run(*arguments: str | Path, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """Run the command as a person would, on a terminal of some encoding."""
    command = [sys.executable, "-m", "classifier", *map(str, arguments)]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding=encoding,
        check=False,
        timeout=120,
    )


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
    assert list(seen) == ["box", "probability_happy", "emotion", "confidence", "sure", "doubt"]
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
    assert done.stderr == "", "lines of a library"
    names = ["face-faces-2.jpg", "face-faces.jpg", "nobody-faces.jpg"]
    assert sorted(file.name for file in pictures.iterdir()) == names
    assert all(file.read_bytes().startswith(b"\xff\xd8\xff") for file in pictures.iterdir())


def test_nothing_is_said_to_be_certain() -> None:
    """However near to 1 a confidence is."""
    points = Keypoints(*[Point(0.0, 0.0)] * 6)
    face = Face(Box(0, 0, 60, 60), points, 0.9, 0.00004, 1.0, "sad", 0.99996, sure=True, doubt=None)
    line = format_text("photo.jpg", Prediction(100, 100, (face,)), None)
    assert line == "photo.jpg: 1 · looks sad — 99% sure"


def test_every_doubt_is_told_in_words_and_in_json() -> None:
    """A face that cannot be read stays in the answer, with the reason."""
    points = Keypoints(*[Point(0.0, 0.0)] * 6)
    sentences = set()
    for doubt in get_args(Doubt):
        face = Face(Box(0, 0, 60, 60), points, 0.9, 0.9, 0.1, "happy", 0.9, sure=False, doubt=doubt)
        prediction = Prediction(100, 100, (face,))
        start, _, sentence = format_text("photo.jpg", prediction, None).partition(" — ")
        assert start == "photo.jpg: 1 · hard to tell"
        assert "_" not in sentence, "words, not a name of the code"
        sentences.add(sentence)
        assert json.loads(format_json("photo.jpg", prediction, None))["faces"][0]["doubt"] == doubt
    assert len(sentences) == len(get_args(Doubt))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_any_terminal_can_show_the_answer(model_dir: Path, photos: Path, encoding: str) -> None:
    """Signs that a terminal lacks are replaced by plain ones, letters of names by their numbers."""
    photo = (photos / "face.jpg").rename(photos / "žena.jpg")
    done = run("--model", model_dir, photo, encoding=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    sign = {"ascii": ":", "latin-1": "·"}[encoding]
    assert done.stdout.startswith(f"{photos}/\\u017eena.jpg: 1 {sign} ")


def test_a_folder_is_walked_when_asked(model_dir: Path, photos: Path) -> None:
    """Content decides what a photo is; other files are counted, hidden ones and our own pictures skipped."""
    (photos / ".hidden.jpg").write_bytes(b"")
    (photos / "film.mov").write_bytes(b"\x00\x00\x00\x08wide" + bytes(20))
    (photos / "more" / "no ending").write_bytes((photos / "face.jpg").read_bytes())
    (photos / "more" / "loop").symlink_to(photos)
    pictures = photos / "out"
    for _ in range(2):  # the second time there are pictures of the first
        done = run("--recursive", "--annotate", pictures, "--model", model_dir, photos)
        names = [line.split(": ")[0] for line in done.stdout.splitlines()]
        expected = ["face.jpg", "film.mov", "nobody.jpg", "more/face.png", "more/no ending"]
        assert names == [str(photos / name) for name in expected]
        assert done.returncode == 1, "the film was not read"
        assert done.stderr == "Left out, as they are no pictures: 1\n"
    assert len(list(pictures.iterdir())) == 4


def read_to_end(terminal: int) -> bytes:
    """Read what is shown until nobody holds the terminal's other end any more."""
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells of that
        while piece := os.read(terminal, 4_096):
            shown += piece
    return shown


@pytest.mark.parametrize("number", [3, 30])
def test_a_terminal_shows_how_far_many_photos_are(model_dir: Path, tmp_path: Path, number: int) -> None:
    """Few are done before anybody looks; what is printed stays whole."""
    photo = encode(np.full((20, 30, 3), 90, dtype=np.uint8))
    for place in range(number):
        (tmp_path / f"{place:02}.jpg").write_bytes(photo)
    terminal, its_end = pty.openpty()
    termios.tcsetwinsize(its_end, (24, 80))
    command = [sys.executable, "-m", "classifier", "--recursive", "--model", str(model_dir), str(tmp_path)]
    with ThreadPoolExecutor() as thread:  # a terminal that nobody reads takes a few kilobytes and no more
        showing = thread.submit(read_to_end, terminal)
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=its_end) as process:
            os.close(its_end)
            printed = process.stdout.read().splitlines()
        shown = showing.result()
    os.close(terminal)
    assert len(printed) == number
    assert all(line.endswith(b": no face found") for line in printed)
    assert (b"/30 [" in shown) == (number == 30)


def test_a_folder_without_photos_is_told_of(model_dir: Path, tmp_path: Path) -> None:
    """Silence would look like success."""
    done = run("--recursive", "--model", model_dir, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "No photos found.\n")


def test_a_folder_that_was_not_asked_for_says_how_to_ask(model_dir: Path, photos: Path) -> None:
    """Nobody gets ten thousand answers by a slip."""
    assert "--recursive" in run("--model", model_dir, photos).stdout


def test_a_table_has_one_row_a_face(model_dir: Path, photos: Path) -> None:
    """Beside what is printed; a photo without a face has a row, too, and so has one that cannot be read."""
    table = photos / "answers.csv"
    files = [photos / "face.jpg", photos / "nobody.jpg", photos / "text.jpg"]
    done = run("--json", "--csv", table, "--model", model_dir, *files)
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    with table.open(encoding="utf-8", newline="") as file:
        face, nobody, text = csv.DictReader(file)
    (seen,) = printed[0]["faces"]
    assert (face["photo"], face["face"], face["error"]) == (str(files[0]), "1", "")
    assert [int(face[f"box_{name}"]) for name in ("x", "y", "width", "height")] == seen["box"]
    assert (face["emotion"], face["confidence"]) == (seen["emotion"], str(seen["confidence"]))
    assert (nobody["width"], nobody["damaged"], nobody["face"], nobody["error"]) == ("300", "no", "", "")
    assert (text["width"], text["error"]) == ("", "not_an_image")


def test_a_table_that_cannot_be_written_is_told_of_before_any_work(model_dir: Path, photos: Path) -> None:
    """The status is that of bad arguments."""
    done = run("--csv", photos / "missing" / "answers.csv", "--model", model_dir, photos / "face.jpg")
    assert (done.returncode, done.stdout) == (2, "")
    assert "answers.csv" in done.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["--no-such-option", "x.jpg"], ["--model", "no/such/model", "x.jpg"]]
)
def test_bad_arguments_give_status_2_and_a_sentence(arguments: list[str]) -> None:
    """Nothing is classified, and no traceback shown."""
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_clip_is_summed_up(model_dir: Path, tmp_path: Path, astronaut: NDArray[np.uint8]) -> None:
    """In a line, as JSON and as a picture; a GIF of one picture is a photo."""
    pictures = move(astronaut, 8, (320, 240))
    clip, still, pictures_dir = tmp_path / "clip.mp4", tmp_path / "still.gif", tmp_path / "out"
    clip.write_bytes(write_clip(tmp_path, pictures))
    still.write_bytes(write_gif(pictures[:1]))
    said = run("--model", model_dir, "--annotate", pictures_dir, clip, still)
    as_json = run("--json", "--model", model_dir, clip, still)
    watched, photo = (json.loads(line) for line in as_json.stdout.splitlines())

    assert said.returncode == 0
    first, second = said.stdout.splitlines()
    assert first.endswith("of 8 looks (looked at 8 moments)")
    assert "1 \u00b7 " in second
    assert watched["clip"]["moments"] == len(watched["clip"]["times"]) == len(watched["faces"]) == 8
    assert "clip" not in photo
    assert sorted(path.name for path in pictures_dir.iterdir()) == ["clip-faces.jpg", "still-faces.jpg"]
