"""A file or folder is written whole: whatever fails, the old one stays until the new one is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from classifier.atomic_write import atomic_write

if TYPE_CHECKING:
    from pathlib import Path


def write_folder(path: Path, text: str) -> None:
    path.mkdir()
    (path / "inside.txt").write_text(text)


def read_all(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_new_file_replaces_the_old_one(tmp_path: Path) -> None:
    """And until the block ends the old one is there."""
    path = tmp_path / "state.json"
    path.write_text("old")

    with atomic_write(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"

    assert read_all(tmp_path) == {"state.json": "new"}


def test_a_new_folder_replaces_the_old_one(tmp_path: Path) -> None:
    """With all that was in it."""
    path = tmp_path / "model"
    write_folder(path, "old")
    (path / "other.txt").write_text("old")

    with atomic_write(path) as partial:
        write_folder(partial, "new")

    assert read_all(tmp_path) == {"model/inside.txt": "new"}


@pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, error: BaseException) -> None:
    """Also where half of the new one was written."""
    path = tmp_path / "state.json"
    path.write_text("old")

    with pytest.raises(type(error)), atomic_write(path) as partial:  # noqa: PT012 - the block is what is tested
        partial.write_text("ne")
        raise error

    assert read_all(tmp_path) == {"state.json": "old"}


def test_what_a_crash_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """Neither the part of a file nor that of a folder."""
    path = tmp_path / "model"
    for text in ("first", "second"):
        with atomic_write(path) as partial:
            write_folder(partial, text)
        write_folder(partial, "a part")

    with atomic_write(path) as partial:
        write_folder(partial, "third")

    assert read_all(tmp_path) == {"model/inside.txt": "third"}
