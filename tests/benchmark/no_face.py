"""How often something that is no face gets a box, or a sure answer.

    python -m tests.benchmark.no_face animals/ tools/ landscapes/

Each folder, with all folders below it, is a row of the table. Put no pictures of people into it, no statues,
and no drawn faces: of those nobody can say what the right answer is.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.progress import track
from rich.table import Table

from classifier.__main__ import default_model_dir
from classifier.photo_folders import list_photos
from classifier.predictor import Classifier
from classifier.types import ImageError
from tests.benchmark.report import NO_FACE, format_share, name_answer, open_console

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNREADABLE = "unreadable"


def main(arguments: Sequence[str] | None = None) -> int:
    """Classify every picture, name those that get a box, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.no_face", description="Boxes and sure answers where there is no face."
    )
    parser.add_argument("folders", nargs="+", type=Path, help="folders of pictures without a face")
    parser.add_argument("--model", type=Path, default=default_model_dir(), help="default: %(default)s")
    options = parser.parse_args(arguments)
    _refuse_folders(parser, options.folders)
    listings = {folder: list_photos(folder) for folder in options.folders}
    if not any(listing.photos for listing in listings.values()):
        parser.error(
            "there are no pictures in these folders. Expected are JPEG, PNG, WebP, AVIF or GIF files."
        )
    console = open_console()
    classifier = Classifier.load(options.model)
    counts: dict[Path, Counter[str]] = {folder: Counter() for folder in options.folders}
    photos = [(folder, photo) for folder, listing in listings.items() for photo in listing.photos]
    for folder, photo in track(photos, "Classifying", console=console):
        answer = _classify(classifier, photo)
        counts[folder][answer] += 1
        if answer != NO_FACE:
            # Without markup: a file name such as [old].jpg would be read as a style.
            console.print(f"{photo}: {answer}", markup=False, highlight=False, soft_wrap=True)
    for listing in listings.values():
        for folder in listing.unreadable:
            print(f"{folder}: this folder cannot be read, and is left out.", file=sys.stderr)
    console.print(_build_table(options.model.name, counts))
    return 0


def _refuse_folders(parser: argparse.ArgumentParser, folders: Sequence[Path]) -> None:
    """Stop at what is no folder, and where pictures would count twice."""
    for number, folder in enumerate(folders):
        if not folder.is_dir():
            parser.error(f"{folder} is no folder. Name folders of pictures without a face.")
        for other in folders[:number]:
            one, two = folder.resolve(), other.resolve()
            if one.is_relative_to(two) or two.is_relative_to(one):
                parser.error(
                    f"{folder} and {other} share pictures, which would count twice. Name one of them."
                )


def _classify(classifier: Classifier, photo: Path) -> str:
    """Name what is said of a picture, which may be none."""
    try:
        return name_answer(classifier.predict(photo.read_bytes()).faces)
    except (ImageError, OSError):
        return _UNREADABLE


def _build_table(model: str, counts: dict[Path, Counter[str]]) -> Table:
    table = Table(title=f"{escape(model)}: pictures without a face")
    for column in (
        "folder",
        "pictures",
        "unreadable",
        "a box [95% interval]",
        "a sure answer [95% interval]",
    ):
        table.add_column(escape(column), justify="left" if column == "folder" else "right")
    total = sum(counts.values(), Counter())
    for name, answers in (*((str(folder), counts[folder]) for folder in counts), ("all", total)):
        pictures = answers.total() - answers[_UNREADABLE]
        sure = answers["sure happy"] + answers["sure sad"]
        cells = [f"{hits}: {format_share(hits, pictures)}" for hits in (pictures - answers[NO_FACE], sure)]
        table.add_row(escape(name), str(pictures), str(answers[_UNREADABLE]), *map(escape, cells))
    return table


if __name__ == "__main__":
    raise SystemExit(main())
