"""Sources whose labels are the names of folders: happy/, sad/ and neutral/, or smile/ and other/."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import commonpath
from typing import TYPE_CHECKING

from classifier.decoding.file_formats import recognize_format
from training.data.label_tables import name_table, read_reviewed
from training.data.samples import (
    EMOTIONS,
    HAPPINESS,
    MISSING,
    NEUTRAL,
    SADNESS,
    UNREADABLE,
    Sample,
    weigh_label,
)
from training.data.source_files import UnreadableFileError, encode_name, make_printable
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from training.data.label_tables import ReviewedFace
    from training.data.samples import Split
    from training.data.source_files import SourceFile, SourceFiles

MOODS = {"happy": HAPPINESS, "sad": SADNESS, "neutral": NEUTRAL}
"""The emotion that a folder's name stands for."""
REVIEWED_TABLE = "reviewed_faces.json"
FOLDER_TRUST = 0.85
"""Share of the votes that the name of a folder gets: whoever sorts thousands of photos errs now and then."""

_SPLITS: Mapping[str, Split] = {
    "train": "train", "training": "train",
    "validation": "validation", "valid": "validation", "val": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A file somewhere below a folder whose name is a label.

    Attributes:
        path: Inside the source.
        place: The folder that holds the labelled one, in its parts.
        label: Such as "happy".
        file: The file.
    """

    path: str
    place: tuple[str, ...]
    label: str
    file: SourceFile

    @property
    def split(self) -> Split | None:
        """What a folder above says, such as test/ of test/happy/."""
        return next((_SPLITS[part.lower()] for part in self.place if part.lower() in _SPLITS), None)


@dataclass(frozen=True)
class LabelledFiles:
    """The labelled files of a source.

    Attributes:
        source: All its files.
        files: Those with a label.
        tables: Paths of each `reviewed_faces.json`, which names pictures as seen from its own folder.
        home: The folder that holds all labelled ones, such as "" or "photos/": names begin below it.
    """

    source: SourceFiles
    files: Sequence[LabelledFile]
    tables: Sequence[str]
    home: str

    def name(self, path: str) -> str:
        """Name a picture by its path below the home."""
        return encode_name(path.removeprefix(self.home))


def find_labelled(source: SourceFiles, labels: Sequence[str]) -> LabelledFiles:
    """Find the files below folders with these names, at any depth. The outermost such folder counts."""
    found = []
    for path, file in source.files.items():
        folders = path.split("/")[:-1]
        at = next((number for number, folder in enumerate(folders) if folder.lower() in labels), None)
        if at is not None and path.split("/")[-1] != REVIEWED_TABLE:
            found.append(LabelledFile(path, tuple(folders[:at]), folders[at].lower(), file))
    tables = [path for path in source.files if path.split("/")[-1] == REVIEWED_TABLE]
    home = commonpath({"/".join(file.place) for file in found} or {""})
    return LabelledFiles(source, found, tables, f"{home}/" if home else "")


def read_moods(labelled: LabelledFiles, source: str) -> Iterator[Sample]:
    """Read whole photos from `happy/`, `sad/` and `neutral/`.

    Folders `train/`, `validation/` and `test/` around these give the split; without `validation/` a part of
    `train/` is used for it. Otherwise `reviewed_faces.json` decides, which holds labels that somebody
    checked: if it names some of the photos, those are for testing; if it names all, they are dealt out as in
    any other source.
    """
    reviewed = _read_tables(labelled)
    splits = {file.split for file in labelled.files}
    are_all_reviewed = not any(
        file.path not in reviewed and _is_picture(file.file) for file in labelled.files
    )
    for_reviewed: Split | None = None if are_all_reviewed or splits != {None} else "test"
    for file in labelled.files:
        split = None if file.split == "train" and "validation" not in splits else file.split
        face = reviewed.pop(file.path, None)
        name = labelled.name(file.path)
        if face is None:
            votes = weigh_label(MOODS[file.label], FOLDER_TRUST)
            yield Sample(source, name, votes, file.file, "photo", split=split)
        else:
            yield _build_reviewed(source, name, face, file.file, split or for_reviewed)
    for path, face in reviewed.items():
        location = labelled.source.files.get(path)
        yield _build_reviewed(source, labelled.name(path), face, location, for_reviewed)


def _build_reviewed(
    source: str, name: str, face: ReviewedFace, location: SourceFile | None, split: Split | None
) -> Sample:
    """Build the sample of a photo whose label somebody checked: the label gets all votes."""
    # Its box says which of several faces the label is about.
    votes, problem = weigh_label(MOODS[face.label], 1.0), "" if location else MISSING
    return Sample(source, name, votes, location, "photo", split=split, main_face=face.box, problem=problem)


def _read_tables(labelled: LabelledFiles) -> dict[str, ReviewedFace]:
    """Read the checked labels, by the path of the picture inside the source.

    Raises:
        TrainingError: A picture lies outside of the source, or has two labels.
    """
    found: dict[str, ReviewedFace] = {}
    for table in labelled.tables:
        for face in read_reviewed(labelled.source, table):
            said = (
                f'{name_table(labelled.source, table)}, line {face.line}: "{make_printable(face.image, 80)}"'
            )
            try:
                path, _ = labelled.source.find(table.removesuffix(REVIEWED_TABLE), face.image)
            except ValueError as error:
                raise TrainingError(f"{said} lies outside of the source.") from error
            if path in found and (found[path].label, found[path].box) != (face.label, face.box):
                raise TrainingError(f"{said} is named before with another label or box.")
            found[path] = face
    return found


def _is_picture(file: SourceFile) -> bool:
    """Tell by its content whether a file is a picture that is read here."""
    try:
        return recognize_format(file.read_bytes()) is not None
    except UnreadableFileError:
        return False


SMILES = ("smile", "other")
SMILE_VOTES = (0.92, 0.0, 0.08)
NO_SMILE_VOTES = (0.04, 0.04, 0.82)
"""Happiness, sadness and neutral of a folder of smiles and of one of other faces; the rest is "unreadable",
which here stands for sunglasses, talking and grimaces.

Source: 200 of GENKI-4K's other faces, looked at one by one; an eighth smiled a little. How soft: with 0.12 of
happiness, as many as that, a fifth of the validation faces were surely happy after four epochs, with 0.04 a
sixth, and as many happy and sad faces were right.
"""


def read_smiles(labelled: LabelledFiles, source: str) -> Iterator[Sample]:
    """Read faces that are cut already from `smile/` and `other/`, as GENKI-4K has them."""
    # "Not smiling" is no emotion: most of these faces are neutral, a few are happy or sad. The votes say so.
    for file in labelled.files:
        votes = [0.0] * len(EMOTIONS)
        shares = SMILE_VOTES if file.label == "smile" else NO_SMILE_VOTES
        for emotion, share in zip((HAPPINESS, SADNESS, NEUTRAL), shares, strict=True):
            votes[emotion] = share
        votes[UNREADABLE] = 1 - sum(shares)
        yield Sample(source, labelled.name(file.path), tuple(votes), file.file, "framed", split=file.split)
