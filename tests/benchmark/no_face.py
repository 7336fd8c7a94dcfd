"""How often something that is no face gets a box, or a sure answer.

    python -m tests.benchmark.no_face animals/ tools/ landscapes/

Each folder, with all folders below it, is a row of the table. Put no pictures of people into it, no statues,
and no drawn faces: of those nobody can say what the right answer is.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track
from rich.table import Table

from classifier.__main__ import default_model_dir
from classifier.photo_folders import list_photos
from classifier.predictor import Classifier
from classifier.types import ImageError
from training.evaluation.accuracy_metrics import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 140  # of the table in a file: one line a row
_ALL = "all"


def main(arguments: Sequence[str] | None = None) -> int:
    """Classify every picture, name those that get a box, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.no_face", description="Boxes and sure answers where there is no face."
    )
    parser.add_argument("folders", nargs="+", type=Path, help="folders of pictures without a face")
    parser.add_argument("--model", type=Path, default=default_model_dir(), help="default: %(default)s")
    options = parser.parse_args(arguments)
    missing = [folder for folder in options.folders if not folder.is_dir()]
    if missing:
        parser.error(f"{missing[0]} is no folder. Name folders of pictures without a face.")
    photos = [(folder, photo) for folder in options.folders for photo in list_photos(folder).photos]
    if not photos:
        parser.error(
            "there are no pictures in these folders. Expected are JPEG, PNG, WebP, AVIF or GIF files."
        )
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    classifier = Classifier.load(options.model)
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for folder, photo in track(photos, "Classifying"):
        answer = _classify(classifier, photo)
        for row in (str(folder), _ALL):
            counts[row][answer] += 1
        if answer not in ("no face", "unreadable"):
            # Without markup: a file name such as [1].jpg would be read as a style.
            console.print(f"{photo}: {answer}", markup=False, highlight=False, soft_wrap=True)
    console.print(_build_table(options.model.name, counts))
    return 0


def _classify(classifier: Classifier, photo: Path) -> str:
    """Name what is said of a picture; a sure answer to any box counts."""
    try:
        faces = classifier.predict(photo.read_bytes()).faces
    except ImageError:
        return "unreadable"
    if not faces:
        return "no face"
    return next((f"sure {face.emotion}" for face in faces if face.sure), "hard to tell")


def _build_table(model: str, counts: dict[str, Counter[str]]) -> Table:
    table = Table(title=f"{model}: pictures without a face")
    for column in ("folder", "pictures", "a box [95% interval]", "a sure answer [95% interval]"):
        table.add_column(column, justify="left" if column == "folder" else "right")
    # The sum over all folders comes last.
    for row in sorted(counts, key=lambda name: name == _ALL):
        pictures = counts[row].total() - counts[row]["unreadable"]
        sure = counts[row]["sure happy"] + counts[row]["sure sad"]
        cells = [_describe(hits, pictures) for hits in (sure + counts[row]["hard to tell"], sure)]
        table.add_row(row, str(pictures), *cells)
    return table


def _describe(hits: int, pictures: int) -> str:
    low, high = wilson_interval(hits, pictures) if pictures else (0.0, 1.0)
    return f"{hits}: {hits / max(1, pictures):.1%} [{low:.1%}, {high:.1%}]"


if __name__ == "__main__":
    raise SystemExit(main())
