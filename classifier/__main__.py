"""Classify photos: `python -m classifier [--json] [--csv FILE] [--recursive] [--annotate OUT_DIR] PHOTO...`.

A clip, an MP4, WebM or moving GIF, is a PHOTO too: some of its moments are looked at.

Exit status: 0 when every photo was read (a photo without a face was read too), 1 when one was not, 2 for bad
arguments, a model that cannot be used among them.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from classifier.cli_output import PLAIN_LETTERS, TableWriter, format_json, format_text
from classifier.decoding.clip_header import recognize_clip
from classifier.drawing.clip_drawing import draw_clip
from classifier.drawing.photo_drawing import draw_faces
from classifier.photo_folders import list_photos
from classifier.predictor import ClassifiedClip, Classifier
from classifier.types import ClassifierError, ImageError, ImageLimits, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.types import Clip, Prediction

_MODELS = Path(__file__).resolve().parent.parent / "models"
_MODELS_BY_PREFERENCE = ("happy-sad-net", "seed-cnn")
_MANY_PHOTOS = 20  # from here on a terminal shows how far the work is


class UnreadableFileError(ClassifierError):
    """The file is not there, or may not be read."""

    kind = "unreadable_file"


def main(arguments: Sequence[str] | None = None) -> int:
    """Classify the photos named on the command line and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN_LETTERS)
    options = _build_parser().parse_args(arguments)
    with ExitStack() as files:
        try:
            classifier = Classifier.load(options.model)
            if options.annotate is not None:
                options.annotate.mkdir(parents=True, exist_ok=True)
            table = _open_table(options.csv, files)
        except (ModelError, OSError) as error:
            print(f"python -m classifier: error: {error}", file=sys.stderr)
            return 2
        photos = _list_photos(options) if options.recursive else options.photos
        return 0 if _classify_all(classifier, photos, options, table) else 1


def _open_table(path: Path | None, files: ExitStack) -> TableWriter | None:
    """Begin the CSV file; a name that is not text is written byte for byte."""
    if path is None:
        return None
    return TableWriter(
        files.enter_context(path.open("w", encoding="utf-8", errors="surrogateescape", newline=""))
    )


def _list_photos(options: argparse.Namespace) -> list[str]:
    """Put the photos of each folder in its place; a folder that cannot be listed stays, to be told of."""
    photos: list[str] = []
    left_out = 0
    for name in options.photos:
        if not Path(name).is_dir():
            photos.append(name)
            continue
        listing = list_photos(Path(name), options.annotate)
        photos += map(str, (*listing.photos, *listing.unreadable))
        left_out += listing.left_out
    if left_out:
        print(f"Left out, as they are no pictures: {left_out}", file=sys.stderr)
    if not photos:
        print("No photos found.", file=sys.stderr)
    return photos


def _classify_all(
    classifier: Classifier, photos: Sequence[str], options: argparse.Namespace, table: TableWriter | None
) -> bool:
    """Classify and print each photo, and tell whether all could be read."""
    format_line = format_json if options.json else format_text
    hidden = len(photos) < _MANY_PHOTOS or not sys.stderr.isatty()
    all_read = True
    pictures = _name_pictures(photos, options.annotate)
    with tqdm(total=len(photos), unit="photo", file=sys.stderr, disable=hidden, leave=False) as bar:
        for photo, picture in zip(photos, pictures, strict=True):
            prediction, clip, problem = _classify(classifier, photo, picture)
            all_read = all_read and problem is None
            with tqdm.external_write_mode(file=sys.stdout):
                print(format_line(photo, prediction, problem, clip), flush=True)
            if table is not None:
                table.write(photo, prediction, problem)
            bar.update()
    return all_read


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m classifier",
        description="Find the faces in photos and say which look happy and which sad.",
    )
    parser.add_argument(
        "photos",
        nargs="+",
        metavar="PHOTO",
        help="a JPEG, PNG, WebP, GIF or AVIF file, or a clip: MP4, WebM, GIF",
    )
    parser.add_argument(
        "--recursive",
        action="store_true",
        help="PHOTO may be a folder: classify all pictures in it and in the folders below",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--csv", type=Path, metavar="FILE", help="also write a table into this file, one row a face"
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=default_model_dir(),
        metavar="DIR",
        help="model folder (default: %(default)s)",
    )
    parser.add_argument(
        "--annotate",
        type=Path,
        metavar="OUT_DIR",
        help="write each photo with its faces numbered, and what was seen of each clip, into this folder",
    )
    return parser


def default_model_dir() -> Path:
    """Pick the best model that is there."""
    folders = [_MODELS / name for name in _MODELS_BY_PREFERENCE]
    return next((folder for folder in folders if folder.is_dir()), folders[-1])


def _classify(
    classifier: Classifier, photo: str, picture: Path | None
) -> tuple[Prediction | None, Clip | None, ClassifierError | None]:
    """Classify one photo or clip; give the prediction or the reason why there is none."""
    try:
        content = _read_photo(Path(photo))
        watched = _watch(classifier, content)
        classified = watched or classifier.classify(content)
        if picture is not None and (classified.prediction.faces or watched is None):
            picture.write_bytes(
                draw_clip(classified) if isinstance(classified, ClassifiedClip) else draw_faces(classified)
            )
    except ClassifierError as error:
        return None, None, error
    except OSError as error:
        return None, None, UnreadableFileError(f"The numbered picture cannot be written: {error.strerror}.")
    return classified.prediction, watched.clip if watched else None, None


def _watch(classifier: Classifier, content: bytes) -> ClassifiedClip | None:
    """Watch a clip; None if it is none. A GIF that cannot be watched may still be a picture."""
    container = recognize_clip(content)
    if container is None:
        return None
    try:
        return classifier.watch(content)
    except ImageError:
        if container == "GIF":
            return None
        raise


def _read_photo(path: Path) -> bytes:
    """Read a file, no further than a byte beyond the limit: enough to be refused."""
    try:
        with path.open("rb") as file:
            return file.read(ImageLimits().maximum_bytes + 1)
    except IsADirectoryError as error:
        raise UnreadableFileError("This is a folder. Add --recursive for the photos in it.") from error
    except OSError as error:
        raise UnreadableFileError(f"The file cannot be read: {error.strerror}. Check its name.") from error


def _name_pictures(photos: Sequence[str], folder: Path | None) -> list[Path | None]:
    """Name a picture after each photo; further photos of one name get a number."""
    if folder is None:
        return [None] * len(photos)
    names: list[Path | None] = []
    seen: Counter[str] = Counter()
    for photo in photos:
        stem = Path(photo).stem
        seen[stem] += 1
        number = f"-{seen[stem]}" if seen[stem] > 1 else ""
        names.append(folder / f"{stem}-faces{number}.jpg")
    return names


if __name__ == "__main__":
    sys.exit(main())
