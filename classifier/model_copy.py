"""A copy of the model in use, so that whatever becomes of its folder touches no worker."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from classifier.atomic_write import atomic_write
from classifier.model_info import FILE_NAME, check_digest, parse_model_info
from classifier.types import ModelError

_DIGITS = 16


def copy_model(model_dir: Path, copies_dir: Path) -> Path:
    """Copy what running a model takes, and give the copy's folder; the same model has the same one.

    Args:
        model_dir: A model folder, which may be replaced at any moment.
        copies_dir: Where copies are kept; made if need be.

    Raises:
        ModelError: The model cannot be read, is not whole, or the copy cannot be written.
    """
    try:
        text = (model_dir / FILE_NAME).read_text(encoding="utf-8")
        info = parse_model_info(text)
        weights_name = info.weights_file
        if Path(weights_name).name != weights_name:
            raise ModelError(f"model.json names {weights_name!r}; expected a file beside it.")
        weights = (model_dir / weights_name).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(
            f"{model_dir} cannot be read ({error}). Expected a model folder such as models/seed-cnn."
        ) from error
    check_digest(model_dir / weights_name, hashlib.sha256(weights).hexdigest(), info)
    digest = hashlib.sha256(text.encode() + weights).hexdigest()[:_DIGITS]
    try:
        return _write(copies_dir / digest, {FILE_NAME: text.encode(), weights_name: weights})
    except OSError as error:
        raise ModelError(
            f"The model cannot be copied to {copies_dir} ({error.strerror}). Is there room on the disk, and "
            "may the bot's user write there?"
        ) from error


def remove_other_copies(copy: Path) -> None:
    """Delete the copies of models that are no longer in use."""
    for other in copy.parent.iterdir():
        if other != copy:
            shutil.rmtree(other, ignore_errors=True)


def _write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write a folder whole or not at all; one that is there as it should be is left alone."""
    if _holds(folder, files):
        return folder
    for directory in (folder.parent.parent, folder.parent):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with atomic_write(folder) as partial:
        partial.mkdir(mode=0o700)
        for name, content in files.items():
            (partial / name).write_bytes(content)
    return folder


def _holds(folder: Path, files: dict[str, bytes]) -> bool:
    try:
        return all((folder / name).read_bytes() == content for name, content in files.items())
    except OSError:
        return False
