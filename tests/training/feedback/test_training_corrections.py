"""From sealed faces and counts to a prepared set and a report."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from skimage.data import astronaut
from training_people import build_honest, build_kept, build_lies, write_sealed

from classifier.atomic_write import PARTIAL
from classifier.face_encryption import create_key
from classifier.faces.face_detection import FaceFinder
from training.__main__ import main
from training.data.dataset import load_prepared
from training.data.samples import EMOTIONS
from training.data.slices import name_slices
from training.errors import TrainingError
from training.feedback.correction_set import LABEL_TRUST, build_votes
from training.feedback.label_trust import TrustLimits
from training.feedback.press_counts import find_band_middle, read_counts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from conftest import Prepared

    from classifier.face_encryption import KeptFace


def export(
    folder: Path, faces: Iterable[KeptFace], champion: Path, unlike: Iterable[Path] = ()
) -> tuple[int, Path]:
    sealed, key_file = write_sealed(folder, faces)
    out = folder / "prepared"
    status = main(
        ["corrections", "export", "--corrections", str(sealed), "--key-file", str(key_file), "--out",
         str(out), "--champion", str(champion), "--unlike", *(str(path) for path in unlike)]
    )  # fmt: skip
    return status, out


def read_rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "manifest.csv").open(newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


def test_sealed_faces_become_a_prepared_set(model_dir: Path, prepared: Prepared, tmp_path: Path):
    """Of the format that training reads: every face trains, its giver is its identity, its label a vote."""
    honest = build_honest()
    status, out = export(tmp_path, honest, model_dir, [prepared.folder])

    assert status == 0
    faces = load_prepared(out)
    rows = read_rows(out)
    assert set(faces.sources) == {"corrections"}
    assert set(faces.splits) == {"train"}
    assert faces.crops.shape[1:] == (96, 96, 3)
    assert {row["identity"] for row in rows.values()} == {face.contributor for face in honest}
    happy = rows[f"corrections/{next(face.id for face in honest if face.label == 'happy')}"]
    assert float(happy["happiness"]) == LABEL_TRUST
    assert float(happy["neutral"]) == pytest.approx(1 - LABEL_TRUST)


def test_a_face_that_is_neither_votes_for_neither():
    """Neutral above all, and nothing for happiness or sadness."""
    votes = dict(zip(EMOTIONS, build_votes("neither"), strict=True))

    assert votes["happiness"] == votes["sadness"] == 0
    assert votes["neutral"] == LABEL_TRUST
    assert sum(votes.values()) == pytest.approx(1)


def test_the_same_files_give_the_same_set(model_dir: Path, tmp_path: Path):
    """Sealed anew, so with other bytes on the disk."""
    sets = [export(tmp_path / name, build_honest(), model_dir)[1] for name in ("one", "two")]

    one, two = ([(folder / name).read_bytes() for name in ("manifest.csv", "crops.npy")] for folder in sets)
    assert one == two


def test_a_face_that_was_taken_back_is_not_in_the_next_set(model_dir: Path, tmp_path: Path):
    """Its file is gone; the set is made anew, nothing of the old one stays."""
    honest = build_honest()
    _, out = export(tmp_path, honest, model_dir)
    before = len(load_prepared(out))
    (tmp_path / "corrections" / honest[0].file_name).unlink()

    export(tmp_path, (), model_dir)

    assert len(load_prepared(out)) == before - 1
    assert f"corrections/{honest[0].id}" not in read_rows(out)


def test_copies_of_test_faces_never_train(model_dir: Path, prepared: Prepared, tmp_path: Path):
    """Recompressed and brightened, a test face is still known."""
    held_out = load_prepared(prepared.folder).select_split("test")
    copy = np.clip(cv2.resize(held_out.crops[0], (256, 256)).astype(int) + 6, 0, 255).astype(np.uint8)
    stolen = build_kept(1, "sad", person=50, crop=copy)

    _, out = export(tmp_path, [*build_honest(), stolen], model_dir, [prepared.folder])

    assert read_rows(out)[f"corrections/{stolen.id}"]["dropped"] == "copy in another prepared set"


def test_a_strangers_flood_hardly_moves_the_set(model_dir: Path, prepared: Prepared, tmp_path: Path):
    """Of two hundred false labels at most five, or a tenth of all; every honest face stays."""
    honest, lies = build_honest(), build_lies(person=666, count=200)
    _, clean = export(tmp_path / "clean", honest, model_dir, [prepared.folder])
    _, out = export(tmp_path / "flooded", [*honest, *lies], model_dir, [prepared.folder])

    kept = {key for key, row in read_rows(out).items() if not row["dropped"]}
    false = kept & {f"corrections/{face.id}" for face in lies}
    without = {key for key, row in read_rows(clean).items() if not row["dropped"]}
    assert kept - false == without
    assert len(false) <= max(TrustLimits().always, 0.1 * len(kept))


def test_the_noise_report_lists_what_was_set_aside(model_dir: Path, prepared: Prepared, tmp_path: Path):
    """What the champion is sure is wrong, by id, for a person to look into."""
    faces = [*build_honest(), *build_lies(person=666, count=40)]
    sealed = tmp_path / "corrections"
    sealed.mkdir()
    (sealed / f"{'f' * 32}.face").write_bytes(b"\x01 no sealed face at all")
    (sealed / f"{PARTIAL}{'e' * 32}.face").write_bytes(b"\x01 what a bot is just writing")

    _, out = export(tmp_path, faces, model_dir, [prepared.folder])

    report = json.loads((out / "label-noise.json").read_text())
    page = (out / "label-noise.md").read_text()
    assert report["corrections"] == len(faces)
    assert report["kept"] + sum(report["left_out"].values()) == len(faces)
    assert list(report["unreadable"]) == [f"{'f' * 32}.face"]
    assert all(one["id"] in page for one in report["doubtful"])
    assert report["left_out"].get("doubtful", 0) == len(report["doubtful"])


@pytest.mark.parametrize("key_text", [create_key(), "no key"], ids=["other", "none"])
def test_a_wrong_key_is_answered_with_a_sentence(
    key_text: str, model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """And nothing is written."""
    sealed, key_file = write_sealed(tmp_path, build_honest(1, 1))
    key_file.write_text(key_text)

    status = main(
        ["corrections", "export", "--corrections", str(sealed), "--key-file", str(key_file), "--unlike",
         "--champion", str(model_dir), "--out", str(tmp_path / "out")]
    )  # fmt: skip

    assert status == 1
    assert "key" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_when_nothing_is_left_the_report_says_why(
    model_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """An error for the shell, a page for the host, and no set."""
    crop = np.full((256, 256, 3), 90, dtype=np.uint8)
    faces = [build_kept(n, label, person=n, crop=crop) for n, label in enumerate(("happy", "sad"))]

    status, out = export(tmp_path, faces, model_dir)

    assert status == 1
    assert "none is left" in capsys.readouterr().err
    assert "| contradiction | 2 |" in (out / "label-noise.md").read_text()
    assert not (out / "manifest.csv").exists()


COUNTS = [
    ("2026-03-02", "tiny 0.1.0", "happy", 0.9, "right", 30),
    ("2026-03-02", "tiny 0.1.0", "happy", 0.5, "sad", 4),
    ("2026-03-05", "tiny 0.1.0", "sad", 0.7, "wrong", 3),
    ("2026-03-11", "tiny 0.2.0", "sad", 0.95, "right", 12),
    ("2026-03-11", "tiny 0.2.0", "unsure", 0.5, "neither", 2),
]


def write_counts(path: Path, rows: Iterable[tuple[str, str, str, float, str, int]]) -> Path:
    names = ("day", "model", "answer", "confidence", "verdict", "count")
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_report_draws_what_people_said(model_dir: Path, prepared: Prepared, tmp_path: Path):
    """Pictures and a page, from counts alone and with the kept faces."""
    counts = write_counts(tmp_path / "counts.jsonl", COUNTS)
    sealed, key_file = write_sealed(tmp_path, [build_kept(1, "happy", 1, answer="sad"), *build_honest(2, 2)])
    arguments = ["corrections", "report", "--counts", str(counts), "--out", str(tmp_path / "out")]

    assert main(arguments) == 0
    alone = (tmp_path / "out" / "corrections.md").read_text()
    assert "Slices of the kept faces need" in alone
    assert "Error rates by slice need held-out faces" in alone
    faces = ["--corrections", str(sealed), "--key-file", str(key_file)]
    held_out = ["--data", str(prepared.folder), "--champion", str(model_dir)]
    assert main([*arguments, *faces, *held_out]) == 0

    page = (tmp_path / "out" / "corrections.md").read_text()
    pictures = {"over-time", "by-confidence", "agreement", "calibration-drift", "slices", "held-out-slices"}
    for name in pictures:
        assert f"({name}.png)" in page
        assert (tmp_path / "out" / f"{name}.png").stat().st_size > 5_000
    assert "51 verdicts from 2026-03-02 to 2026-03-11" in page
    assert "| tiny 0.1.0 | happy | 34 | 88.2%" in page
    assert "glasses" in page
    happy_or_sad = load_prepared(prepared.folder).select_split("test").is_happy_or_sad.sum()
    assert f"| all | {happy_or_sad} | " in page


def test_bands_of_confidence_are_what_the_bot_counts_by():
    """Whichever of them anybody has pressed: 60 ends at 70 also where nobody was answered with 70."""
    assert [find_band_middle(edge) for edge in (0.5, 0.6, 0.95, 0.99)] == pytest.approx(
        [0.55, 0.65, 0.97, 0.995]
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("2026-03-02", "m", "glad", 0.9, "right", 1), "glad"),
        (("2026-33-02", "m", "sad", 0.9, "right", 1), "line 1"),
        (("2026-03-02", "m", "sad", 9.0, "right", 1), "9.0"),
    ],
    ids=["answer", "day", "confidence"],
)
def test_a_line_that_is_not_understood_is_named(row: tuple[str, ...], said: str, tmp_path: Path):
    """Rather than counted wrongly."""
    with pytest.raises(TrainingError, match=said):
        read_counts(write_counts(tmp_path / "counts.jsonl", [row]))


def test_slices_are_told_from_the_pixels():
    """The astronaut as she is belongs to none; darkened, faded, blurred and covered she does.

    What is gone from a crop is told by what was written down of the photo, and else not at all.
    """
    face = cv2.resize(astronaut()[50:178, 160:288], (256, 256), interpolation=cv2.INTER_CUBIC)
    finder = FaceFinder(0.5)
    changes = {
        "dark": face // 4,
        "bright": 190 + face // 4,
        "flat": 100 + face // 8,
        "soft": cv2.GaussianBlur(face, (0, 0), 12),
        "hard to find": np.where(np.arange(256)[:, None, None] % 64 < 48, 128, face).astype(np.uint8),
    }

    assert name_slices(face, finder, tilt=-19.0, face_pixels=64) & {"small", "tilted"} == set()
    assert {"small", "tilted"} <= name_slices(face, finder, tilt=-21.0, face_pixels=63)
    assert (
        name_slices(face, finder) & {"dark", "bright", "flat", "hard to find", "turned", "small", "tilted"}
        == set()
    )
    for name, changed in changes.items():
        assert name in name_slices(changed, finder), name
