"""One labelled picture, and the readers that find them in FER+, muxspace and happy/sad folders."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from classifier.types import Box
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EMOTIONS = (
    "happiness", "sadness", "neutral", "surprise", "anger", "disgust", "fear", "contempt", "unreadable",
)  # fmt: skip
"""The classes of a vote, in the order of every votes array. "unreadable": unknown, or not a face."""

HAPPINESS, SADNESS, NEUTRAL, UNREADABLE = (
    EMOTIONS.index(name) for name in ("happiness", "sadness", "neutral", "unreadable")
)

Split = Literal["train", "validation", "test"]
Location = Path | zipfile.Path
IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".bmp"})


@dataclass(frozen=True, slots=True)
class Sample:
    """A labelled picture, not yet decoded.

    Attributes:
        source: Which reader found it: "ferplus", "muxspace" or the name of a folder.
        name: Path inside the source; unique there.
        votes: Share of the raters for each of EMOTIONS; sums to 1.
        location: Where the bytes are.
        framing: "cut" is a face and nothing else; "framed" a face with some margin; "photo" a whole photo.
        identity: Who is shown, where the source says so.
        split: Where the source itself puts it; None lets `prepare` choose.
        main_face: Which face the label is about, in pixels of the photo; None is the largest.
    """

    source: str
    name: str
    votes: tuple[float, ...]
    location: Location
    framing: Literal["cut", "framed", "photo"]
    identity: str | None = None
    split: Split | None = None
    main_face: Box | None = None

    @property
    def key(self) -> str:
        """Name the sample over all sources."""
        return f"{self.source}/{self.name}"


class UnknownLayoutError(TrainingError):
    """A source is of none of the known layouts."""


def read_source(path: Path, usages: Mapping[str, Split] | None = None) -> list[Sample]:
    """List the samples of an archive or folder, whatever its layout, in a fixed order.

    Args:
        path: A zip file or a folder: FER+ (`fer2013new.csv`), muxspace (`legend.csv`), `happy/` and `sad/`.
        usages: For FER+, which parts (such as "PrivateTest") to read and where each belongs.

    Raises:
        UnknownLayoutError: The path is missing or of another layout; says what was found.
    """
    if not path.exists():
        raise UnknownLayoutError(f"{path} does not exist. Name a folder or a zip file with labelled photos.")
    root: Location = zipfile.Path(path) if path.is_file() and zipfile.is_zipfile(path) else path
    if root.is_file():
        raise UnknownLayoutError(f"{path} is neither a folder nor a zip file.")
    readers: list[tuple[str, Callable[[Location], Iterator[Sample]]]] = [
        ("fer2013new.csv", lambda found: read_ferplus(found, usages or FERPLUS_USAGES)),
        ("legend.csv", read_muxspace),
        ("happy", lambda found: read_folders(found, path.stem)),
        ("smile", lambda found: read_smiles(found, path.stem)),
    ]
    for marker, read in readers:
        home = _find_home_of(marker, root)
        if home is not None:
            return sorted(read(home), key=lambda sample: sample.name)
    names = ", ".join(sorted(child.name for child in root.iterdir())[:5])
    raise UnknownLayoutError(
        f"{path} holds {names or 'nothing'}. Expected fer2013new.csv (FER+), legend.csv (muxspace), "
        "the folders happy/ and sad/ (and neutral/), or smile/ and other/."
    )


FERPLUS_USAGES: Mapping[str, Split | None] = {"Training": None, "PublicTest": "test"}
_FERPLUS_FOLDERS = {"Training": "FER2013Train", "PublicTest": "FER2013Valid", "PrivateTest": "FER2013Test"}
_FERPLUS_COLUMNS = {
    **{name: index for index, name in enumerate(EMOTIONS[:-1])},
    "unknown": UNREADABLE,
    "NF": UNREADABLE,
}


def read_ferplus(root: Location, usages: Mapping[str, Split | None]) -> Iterator[Sample]:
    """Read FER+: 48x48 grey faces with ten votes each. Source: Barsoum et al. 2016, arXiv 1608.01041."""
    for row in _read_csv(root / "fer2013new.csv"):
        usage, name = row["Usage"], row["Image name"]
        if usage not in usages or not name:
            continue
        counts = [0.0] * len(EMOTIONS)
        for column, index in _FERPLUS_COLUMNS.items():
            counts[index] += float(row[column])
        location = root / _FERPLUS_FOLDERS[usage] / name
        if sum(counts) and location.is_file():
            votes = tuple(count / sum(counts) for count in counts)
            yield Sample("ferplus", f"{usage}/{name}", votes, location, "cut", split=usages[usage])


MUXSPACE_TRUST = 0.85
"""Share of the vote that muxspace's one student label gets; the rest goes to neutral, the usual confusion."""


def read_muxspace(root: Location) -> Iterator[Sample]:
    """Read muxspace/facial_expressions: larger faces with an identity and one noisy label."""
    for row in _read_csv(root / "legend.csv"):
        emotion, location = row["emotion"].strip().lower(), root / "images" / row["image"]
        if emotion in EMOTIONS and location.is_file():
            votes = _one_label(EMOTIONS.index(emotion), MUXSPACE_TRUST)
            yield Sample("muxspace", row["image"], votes, location, "framed", identity=row["identity"])


FOLDER_TRUST = 0.85
"""Share of the vote that a folder's name gets."""


def read_folders(root: Location, source: str) -> Iterator[Sample]:
    """Read whole photos from `happy/`, `sad/` and `neutral/`.

    `reviewed_faces.json` has checked labels: where it names only some of the photos, these are for testing;
    where it names all, they are dealt out like those of any other source.
    """
    reviewed = {entry["image"]: entry for entry in _read_reviewed(root)}
    are_all_reviewed = len(reviewed) == sum(1 for _ in _list_pictures(root))
    for folder, emotion in (("happy", HAPPINESS), ("sad", SADNESS), ("neutral", NEUTRAL)):
        if not (root / folder).is_dir():
            continue
        for location in _list_pictures(root, folder):
            name = f"{folder}/{location.name}"
            entry = reviewed.get(name)
            if entry is None:
                yield Sample(source, name, _one_label(emotion, FOLDER_TRUST), location, "photo")
            else:
                votes = _one_label(_REVIEWED_LABELS[entry["label"]], 1.0)
                box = Box(*entry["box"])
                split: Split | None = None if are_all_reviewed else "test"
                yield Sample(source, name, votes, location, "photo", split=split, main_face=box)


def _list_pictures(root: Location, *folders: str) -> Iterator[Location]:
    """Yield the files of some folders, else of all labelled ones, that are named like pictures."""
    for folder in folders or ("happy", "sad", "neutral"):
        if (root / folder).is_dir():
            for location in (root / folder).iterdir():
                if Path(location.name).suffix.lower() in IMAGE_SUFFIXES:
                    yield location


SMILE_VOTES = (0.92, 0.0, 0.08)
NO_SMILE_VOTES = (0.12, 0.04, 0.70)
"""Happiness, sadness and neutral of a folder of smiles and of one of other faces; the rest is "unreadable",
which here stands for sunglasses, talking and grimaces. Source: 200 of GENKI-4K's other faces, looked at one
by one."""


def read_smiles(root: Location, source: str) -> Iterator[Sample]:
    """Read faces that are cut already from `smile/` and `other/`, as GENKI-4K has them."""
    for folder, shares in (("smile", SMILE_VOTES), ("other", NO_SMILE_VOTES)):
        votes = [0.0] * len(EMOTIONS)
        for emotion, share in zip((HAPPINESS, SADNESS, NEUTRAL), shares, strict=True):
            votes[emotion] = share
        votes[UNREADABLE] = 1 - sum(shares)
        for location in _list_pictures(root, folder):
            yield Sample(source, f"{folder}/{location.name}", tuple(votes), location, "framed")


def _one_label(emotion: int, trust: float) -> tuple[float, ...]:
    """Turn one label into votes; what the label is not trusted for goes to neutral."""
    votes = [0.0] * len(EMOTIONS)
    votes[NEUTRAL] = 1 - trust
    votes[emotion] += trust
    return tuple(votes)


def _find_home_of(marker: str, root: Location) -> Location | None:
    """Return the folder that holds `marker`: the root or, as archives often have it, one folder inside."""
    for folder in (root, *(child for child in root.iterdir() if child.is_dir())):
        if (folder / marker).exists():
            return folder
    return None


def _read_csv(location: Location) -> list[dict[str, str]]:
    """Read a small CSV with a header from a folder or an archive."""
    return list(csv.DictReader(io.StringIO(location.read_text(encoding="utf-8"))))


_REVIEWED_LABELS = {"happy": HAPPINESS, "sad": SADNESS, "neutral": NEUTRAL}


def _read_reviewed(root: Location) -> list[dict[str, Any]]:
    """Read the checked labels beside the folders, if there are any.

    Raises:
        TrainingError: A label is none of happy, sad and neutral, or a box has not four numbers.
    """
    location = root / "reviewed_faces.json"
    if not location.exists():
        return []
    reviewed: list[dict[str, Any]] = json.loads(location.read_text(encoding="utf-8"))
    for entry in reviewed:
        if entry.get("label") not in _REVIEWED_LABELS or len(entry.get("box", ())) != 4:  # noqa: PLR2004
            raise TrainingError(
                f"reviewed_faces.json has {entry}. Expected image, label (happy, sad or neutral) and box "
                "(left, top, width, height)."
            )
    return reviewed
