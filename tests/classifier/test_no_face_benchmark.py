"""The benchmark of pictures without a face counts what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage.data import astronaut

from classifier.opencv import cv2
from tests.benchmark.no_face import main

if TYPE_CHECKING:
    from pathlib import Path


def test_boxes_and_sure_answers_are_counted_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder of a grey square and a damaged file, one of a portrait, and the sum; names are no markup."""
    things, portraits = tmp_path / "things [old]", tmp_path / "portraits"
    for folder in (things, portraits):
        folder.mkdir()
    cv2.imwrite(str(things / "grey.png"), np.full((80, 80, 3), 128, np.uint8))
    (things / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    cv2.imwrite(str(portraits / "portrait [new].png"), astronaut()[:, :, ::-1])

    monkeypatch.chdir(tmp_path)

    assert main([things.name, portraits.name]) == 0

    printed = capsys.readouterr().out
    assert "portrait [new].png: sure happy" in printed
    assert "damaged.png: unreadable" in printed
    assert "grey.png" not in printed
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in printed.splitlines() if "│" in line]
    figures = [[name, pictures, unreadable, box.split(":")[0], sure.split(":")[0]]
               for name, pictures, unreadable, box, sure in rows]  # fmt: skip
    assert figures == [
        ["things [old]", "1", "1", "0", "0"],
        ["portraits", "1", "0", "1", "1"],
        ["all", "2", "1", "1", "1"],
    ]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["missing"], "missing is no folder"),
        (["empty"], "there are no pictures in these folders"),
        ([".", "empty"], "empty and . share pictures"),
        (["empty", "empty"], "empty and empty share pictures"),
    ],
)
def test_folders_that_cannot_be_counted_are_refused(
    names: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Instead of a table of nothing, or of pictures that count twice."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit):
        main(names)

    assert reason in capsys.readouterr().err
