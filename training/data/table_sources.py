"""Sources whose labels stand in a CSV table: FER+ and muxspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.data.label_tables import read_lines
from training.data.samples import EMOTIONS, MISSING, NO_VOTES, UNREADABLE, Sample, weigh_label
from training.data.source_files import encode_name, make_printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from training.data.label_tables import Line
    from training.data.samples import Split
    from training.data.source_files import SourceFile, SourceFiles

FERPLUS_TABLE, MUXSPACE_TABLE = "fer2013new.csv", "legend.csv"

# PrivateTest is not read unless it is asked for: neither training nor its own test sees it, for a last check.
FERPLUS_USAGES: Mapping[str, Split | None] = {"Training": None, "PublicTest": "test"}
_FERPLUS_FOLDERS = {"Training": "FER2013Train", "PublicTest": "FER2013Valid", "PrivateTest": "FER2013Test"}
_FERPLUS_COLUMNS = {
    **{name: index for index, name in enumerate(EMOTIONS[:-1])},
    "unknown": UNREADABLE,
    "NF": UNREADABLE,
}


def read_ferplus(source: SourceFiles, home: str, usages: Mapping[str, Split | None]) -> Iterator[Sample]:
    """Read FER+: 48x48 grey faces with ten votes each. Source: Barsoum et al. 2016, arXiv 1608.01041.

    Args:
        source: Its files.
        home: Where in it the table is, such as "" or "ferplus/".
        usages: Which parts (such as "PrivateTest") to read and where each belongs.
    """
    for line in read_lines(source, home + FERPLUS_TABLE, ("Usage", "Image name", *_FERPLUS_COLUMNS)):
        usage, name = line.cells["Usage"], line.cells["Image name"]
        if usage not in _FERPLUS_FOLDERS:
            line.refuse(f"Usage is {line.quote('Usage')}; expected {', '.join(_FERPLUS_FOLDERS)}")
        if usage not in usages or not name:  # FER+ gives no name to what is no face
            continue
        # All ten votes are kept, not only the winner: that four of ten said "sad" is what makes a face hard
        # to tell.
        counts = [0.0] * len(EMOTIONS)
        for column, index in _FERPLUS_COLUMNS.items():
            counts[index] += line.read_number(column)
        location = _find_picture(source, line, home + _FERPLUS_FOLDERS[usage], name)
        problem = "no votes" if not sum(counts) else "" if location else MISSING
        votes = tuple(count / sum(counts) for count in counts) if sum(counts) else NO_VOTES
        key = encode_name(f"{usage}/{name}")
        yield Sample("ferplus", key, votes, location, "cut", split=usages[usage], problem=problem)


MUXSPACE_TRUST = 0.85
"""Share of the vote that muxspace's one student label gets; the rest goes to neutral, the usual confusion."""


def read_muxspace(source: SourceFiles, home: str) -> Iterator[Sample]:
    """Read muxspace/facial_expressions: larger faces with an identity and one noisy label."""
    for line in read_lines(source, home + MUXSPACE_TABLE, ("image", "identity", "emotion")):
        name, emotion = line.cells["image"], line.cells["emotion"].lower()
        location = _find_picture(source, line, f"{home}images", name)
        is_known = emotion in EMOTIONS
        problem = "unknown emotion" if not is_known else "" if location else MISSING
        votes = weigh_label(EMOTIONS.index(emotion), MUXSPACE_TRUST) if is_known else NO_VOTES
        identity = encode_name(line.cells["identity"])
        key = encode_name(name)
        yield Sample("muxspace", key, votes, location, "framed", identity=identity, problem=problem)


def _find_picture(source: SourceFiles, line: Line, folder: str, name: str) -> SourceFile | None:
    """Find the picture that a line names; None if it is not there.

    Raises:
        TrainingError: The name leads out of the source.
    """
    try:
        return source.find(folder, name)[1]
    except ValueError:
        line.refuse(f'"{make_printable(name, 80)}" lies outside of the source')
