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


def test_boxes_and_sure_answers_are_counted_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Of a grey square and a portrait one has a box; a file that is no picture does not count."""
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((80, 80, 3), 128, np.uint8))
    cv2.imwrite(str(tmp_path / "portrait [1].png"), astronaut()[:, :, ::-1])
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))

    assert main([str(tmp_path)]) == 0

    printed = capsys.readouterr().out
    assert "portrait [1].png: sure happy" in printed
    assert "grey.png" not in printed
    assert "damaged.png" not in printed
    last = next(line for line in printed.splitlines() if line.startswith("│ all"))
    assert last.split("│")[2].strip() == "2"
    assert [cell.split(":")[0].strip() for cell in last.split("│")[3:5]] == ["1", "1"]


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_folder_without_pictures_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instead of a table of nothing."""
    (tmp_path / "empty").mkdir()

    with pytest.raises(SystemExit):
        main([str(tmp_path / name)])

    assert "pictures" in capsys.readouterr().err
