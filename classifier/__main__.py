"""Judge photos: `python -m classifier [--json] [--model DIR] [--annotate OUT_DIR] PHOTO...`.

Exit status: 0 when every photo was read (a photo without a face was read too), 1 when one was not, 2 for bad
arguments, a model that cannot be used among them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.drawing import draw_faces
from classifier.predictor import Classifier
from classifier.types import ClassifierError, ImageLimits, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classifier.types import Face, Prediction

_MODELS = Path(__file__).resolve().parent.parent / "models"
_MODELS_BY_PREFERENCE = ("happy-sad-net", "seed-cnn")


class UnreadableFileError(ClassifierError):
    """The file is not there, or may not be read."""

    kind = "unreadable_file"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the photos named on the command line and return the exit status."""
    options = _build_parser().parse_args(arguments)
    try:
        classifier = Classifier.load(options.model)
        if options.annotate is not None:
            options.annotate.mkdir(parents=True, exist_ok=True)
    except (ModelError, OSError) as error:
        print(f"python -m classifier: error: {error}", file=sys.stderr)
        return 2
    format_line = _format_json if options.json else _format_text
    pictures = _name_pictures(options.photos, options.annotate)
    all_read = True
    for photo, picture in zip(options.photos, pictures, strict=True):
        prediction, problem = _judge(classifier, photo, picture)
        all_read = all_read and problem is None
        print(format_line(photo, prediction, problem), flush=True)
    return 0 if all_read else 1


def _build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m classifier",
        description="Find the faces in photos and say which look happy and which sad.",
    )
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="a JPEG, PNG, WebP, GIF or AVIF file")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
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
        help="write each photo with its faces numbered into this folder",
    )
    return parser


def default_model_dir() -> Path:
    """Pick the best model that is there."""
    folders = [_MODELS / name for name in _MODELS_BY_PREFERENCE]
    return next((folder for folder in folders if folder.is_dir()), folders[-1])


def _judge(
    classifier: Classifier, photo: str, picture: Path | None
) -> tuple[Prediction | None, ClassifierError | None]:
    """Judge one photo; give the prediction or the reason why there is none."""
    try:
        judged = classifier.judge(_read_photo(Path(photo)))
        if picture is not None:
            picture.write_bytes(draw_faces(judged))
    except ClassifierError as error:
        return None, error
    except OSError as error:
        return None, UnreadableFileError(f"The numbered picture cannot be written: {error.strerror}.")
    return judged.prediction, None


def _read_photo(path: Path) -> bytes:
    """Read a file, no further than a byte beyond the limit: enough to be refused."""
    try:
        with path.open("rb") as file:
            return file.read(ImageLimits().maximum_bytes + 1)
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


def _format_json(photo: str, prediction: Prediction | None, error: ClassifierError | None) -> str:
    """Give one JSON object on one line."""
    line: dict[str, Any] = {
        "photo": photo,
        "width": prediction.width if prediction else None,
        "height": prediction.height if prediction else None,
        "faces": [_describe_face(face) for face in prediction.faces] if prediction else [],
        "error": {"kind": error.kind, "message": str(error)} if error else None,
    }
    return json.dumps(line)


def _describe_face(face: Face) -> dict[str, Any]:
    return {
        "box": list(face.box),
        "probability_happy": round(face.probability_happy, 4),
        "emotion": face.emotion,
        "confidence": round(face.confidence, 4),
        "sure": face.sure,
    }


def _format_text(photo: str, prediction: Prediction | None, error: ClassifierError | None) -> str:
    """Give one line to read."""
    photo = photo.encode(errors="backslashreplace").decode()  # a name need not be text
    if prediction is None:
        return f"{photo}: {error}"
    damaged = " (the file is damaged: only part of it was seen)" if prediction.damaged else ""
    if not prediction.faces:
        return f"{photo}: no face found{damaged}"
    faces = (f"{number} · {_say(face)}" for number, face in enumerate(prediction.faces, start=1))
    return f"{photo}: {'; '.join(faces)}{damaged}"


def _say(face: Face) -> str:
    """Say it as the bot does, and as the bot never with certainty."""
    percent = min(99, round(100 * face.confidence))
    return f"looks {face.emotion} — {percent}% sure" if face.sure else "hard to tell"


if __name__ == "__main__":
    sys.exit(main())
