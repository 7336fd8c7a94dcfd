"""Workers run a copy of the model, so that its folder may be replaced at any moment."""

from __future__ import annotations

import dataclasses
import io
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from classifier_pictures import encode
from PIL import Image

from classifier.model_copy import copy_model, remove_other_copies
from classifier.model_info import load_model_info
from classifier.types import ModelError
from classifier.workers.worker_pool import ClassifierPool, PoolOptions

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture
def folder(model_dir: Path, tmp_path: Path) -> Path:
    return shutil.copytree(model_dir, tmp_path / "models" / "model")


def test_a_copy_holds_what_running_takes_and_is_made_once(folder: Path, tmp_path: Path) -> None:
    """model.json and the weights; the same model has the same copy, for the bot's user alone."""
    (folder / "README.md").write_text("a card")
    copies = tmp_path / "data" / "model"

    copy = copy_model(folder, copies)

    assert sorted(path.name for path in copy.iterdir()) == ["model.json", "model.tflite"]
    assert load_model_info(copy) == load_model_info(folder)
    assert copy_model(folder, copies) == copy
    assert list(copies.iterdir()) == [copy]
    assert copies.stat().st_mode & 0o077 == 0


def test_a_copy_that_a_full_disk_cut_off_is_made_again(folder: Path, tmp_path: Path) -> None:
    """A damaged copy would refuse every start."""
    copy = copy_model(folder, tmp_path / "copies")
    (copy / "model.tflite").write_bytes(b"cut")

    assert copy_model(folder, tmp_path / "copies") == copy
    assert (copy / "model.tflite").read_bytes() == (folder / "model.tflite").read_bytes()


def test_other_copies_go(folder: Path, tmp_path: Path) -> None:
    """Only the one in use stays."""
    old = copy_model(folder, tmp_path / "copies")
    write_version(folder, "2.0.0")
    new = copy_model(folder, tmp_path / "copies")
    remove_other_copies(new)

    assert new != old
    assert list((tmp_path / "copies").iterdir()) == [new]


@pytest.mark.parametrize("broken", ["missing", "no-weights", "other-weights", "elsewhere", "no-room"])
def test_what_cannot_be_copied_is_refused_in_a_sentence(folder: Path, tmp_path: Path, broken: str) -> None:
    """And leaves nothing behind."""
    copies = tmp_path / "copies"
    if broken == "missing":
        folder = tmp_path / "missing"
    elif broken == "no-weights":
        (folder / "model.tflite").unlink()
    elif broken == "other-weights":
        (folder / "model.tflite").write_bytes(b"of another model")
    elif broken == "elsewhere":
        shutil.copy(folder / "model.tflite", folder.parent)
        info = dataclasses.replace(load_model_info(folder), weights_file="../model.tflite")
        (folder / "model.json").write_text(info.to_json())
    else:
        copies.write_text("a file where the folder should be")

    with pytest.raises(ModelError, match=r"cannot be|expected a file beside it|is not the file"):
        copy_model(folder, copies)

    assert not copies.is_dir() or not list(copies.iterdir())


async def test_workers_outlive_their_models_folder_and_take_the_next_one_over(
    folder: Path, tmp_path: Path, astronaut: NDArray[np.uint8]
) -> None:
    """With the folder gone, a worker renewed after every photo goes on with the old model.

    Each answer names its model, and hands out the face that was asked for as the model saw it.
    """
    photo, copies = encode(astronaut), tmp_path / "copies"
    options = PoolOptions(model_dir=folder, workers=1, photos_per_worker=1, copies_dir=copies)
    async with ClassifierPool(options) as pool:
        away = shutil.move(folder, tmp_path / "away")
        first, second = await pool.classify(photo, crop=1), await pool.classify(photo, crop=2)
        write_version(away, "2.0.0")
        shutil.move(away, folder)
        await pool.reload(folder)
        third = await pool.classify(photo)

    assert [classified.model_version for classified in (first, second, third)] == ["1.0.0", "1.0.0", "2.0.0"]
    assert first.model_name == "bright-is-happy"
    crop = Image.open(io.BytesIO(first.crop))
    assert (crop.format, crop.mode, crop.size, crop.info) == ("PNG", "RGB", (256, 256), {})
    assert np.asarray(crop).std() > 20
    assert (second.crop, third.crop) == (None, None)
    assert len(list(copies.iterdir())) == 1


async def test_a_start_removes_the_copies_of_earlier_models(folder: Path, tmp_path: Path) -> None:
    """In a container each start has the same process number, so an earlier image's copy lies beside ours."""
    earlier = copy_model(folder, tmp_path / "copies")
    write_version(folder, "2.0.0")
    async with ClassifierPool(
        PoolOptions(model_dir=folder, workers=1, copies_dir=tmp_path / "copies")
    ) as pool:
        assert pool.info.version == "2.0.0"
        (copy,) = (tmp_path / "copies").iterdir()

    assert copy != earlier


def write_version(folder: Path, version: str) -> None:
    info = dataclasses.replace(load_model_info(folder), version=version)
    (folder / "model.json").write_text(info.to_json(), encoding="utf-8")
