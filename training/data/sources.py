"""Archives and folders of labelled pictures, whatever their layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.data.folder_sources import MOODS, SMILES, find_labelled, read_moods, read_smiles
from training.data.source_files import encode_name, list_files, make_printable
from training.data.table_sources import (
    FERPLUS_TABLE,
    FERPLUS_USAGES,
    MUXSPACE_TABLE,
    read_ferplus,
    read_muxspace,
)
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from training.data.samples import Sample, Split
    from training.data.source_files import SourceFiles

_SHOWN = 3  # names of files that are left aside


class UnknownLayoutError(TrainingError):
    """A source is of none of the known layouts."""


@dataclass(frozen=True)
class SourceListing:
    """What was found in a source. Each of its files is in one of the three lists.

    Attributes:
        name: Of the source.
        samples: In a fixed order. A table may also name pictures that are not there.
        tables: Names of the files with labels.
        aside: Names of the other files.
    """

    name: str
    samples: Sequence[Sample]
    tables: Sequence[str]
    aside: Sequence[str]

    def describe(self) -> str:
        """Say in a line how many files there were and what they are."""
        pictures = len({sample.location for sample in self.samples if sample.location is not None})
        missing = sum(sample.location is None for sample in self.samples)
        total = pictures + len(self.tables) + len(self.aside)
        text = f"{self.name}: files {total}, with a label {pictures}, tables of labels {len(self.tables)}, "
        text += f"left aside {len(self.aside)}"
        if self.aside:
            shown = [make_printable(name, 60) for name in self.aside[:_SHOWN]]
            text += f" ({', '.join(shown)}{', …' if len(self.aside) > _SHOWN else ''})"
        return text + (f"; named in a table and missing {missing}." if missing else ".")


def read_source(path: Path, usages: Mapping[str, Split] | None = None) -> list[Sample]:
    """List the labelled pictures of an archive or folder that are there; see `list_source`."""
    return [sample for sample in list_source(path, usages).samples if not sample.problem]


def list_source(path: Path, usages: Mapping[str, Split] | None = None) -> SourceListing:
    """List what an archive or folder holds.

    Args:
        path: A zip file or a folder: FER+ (`fer2013new.csv`), muxspace (`legend.csv`), `happy/`, `sad/` (and
            `neutral/`) photos, or `smile/` and `other/` faces.
        usages: For FER+, which parts (such as "PrivateTest") to read and where each belongs.

    Raises:
        UnknownLayoutError: The path is missing or of another layout; says what was found.
        TrainingError: The archive or a table in it cannot be read; names the file and the line.
    """
    if not path.exists():
        raise UnknownLayoutError(f"{path} does not exist. Name a folder or a zip file with labelled photos.")
    source, name = list_files(path), encode_name(path.stem)
    # From the surest mark to the weakest: a table with a known name, then folders with known names.
    home = _find_home_of(FERPLUS_TABLE, source)
    if home is not None:
        samples = read_ferplus(source, home, usages or FERPLUS_USAGES)
        return _build_listing(name, source, samples, [home + FERPLUS_TABLE])
    home = _find_home_of(MUXSPACE_TABLE, source)
    if home is not None:
        return _build_listing(name, source, read_muxspace(source, home), [home + MUXSPACE_TABLE])
    labelled = find_labelled(source, tuple(MOODS))
    if labelled.files or labelled.tables:
        return _build_listing(name, source, read_moods(labelled, name), labelled.tables)
    labelled = find_labelled(source, SMILES)
    if any(file.label == "smile" for file in labelled.files):
        return _build_listing(name, source, read_smiles(labelled, name), [])
    found = sorted({make_printable(name.split("/")[0], 40) for name in (*source.files, *source.aside)})
    raise UnknownLayoutError(
        f"{path} holds {', '.join(found[:5]) or 'nothing'}. Expected fer2013new.csv (FER+), legend.csv "
        "(muxspace), the folders happy/ and sad/ (and neutral/), or smile/ and other/."
    )


def _find_home_of(table: str, source: SourceFiles) -> str | None:
    """Return the folder that holds a table: the top or, as archives often have it, one folder inside."""
    homes = [path.removesuffix(table) for path in source.files if path.split("/")[-1] == table]
    return min(
        (home for home in homes if home.count("/") <= 1), key=lambda home: (len(home), home), default=None
    )


def _build_listing(
    name: str, source: SourceFiles, samples: Iterable[Sample], tables: Sequence[str]
) -> SourceListing:
    """Sort the samples, and find the files that are none."""
    ordered = sorted(samples, key=lambda sample: sample.name)
    used = {sample.location for sample in ordered}
    aside = [path for path, file in source.files.items() if file not in used and path not in tables]
    return SourceListing(name, ordered, tables, [*aside, *source.aside])
