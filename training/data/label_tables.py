"""Tables of labels beside pictures: CSV and JSON, read as editors and spreadsheets leave them.

A line that cannot be understood leads to an error that names the file and the line.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from classifier.types import Box
from training.data.source_files import TABLE_BYTES, UnreadableFileError, make_printable
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from training.data.source_files import SourceFiles

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",;\t"
_LARGEST_SIDE = 1_000_000.0  # pixels: no box is larger


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a CSV table.

    Attributes:
        table: Its file, for sentences.
        number: In the file, from 1.
        cells: By column; what is missing at the end of a line is empty.
    """

    table: str
    number: int
    cells: dict[str, str]

    def read_number(self, column: str) -> float:
        """Read a number from 0.

        Raises:
            TrainingError: The cell holds something else.
        """
        try:
            value = float(
                self.cells[column].replace(",", ".")
            )  # 0,5 as spreadsheets write it in many countries
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            self.refuse(f"{column} is {self.quote(column)}; expected a number from 0")
        return value

    def quote(self, column: str) -> str:
        """Quote a cell for a sentence."""
        return f'"{make_printable(self.cells[column], 40)}"'

    def refuse(self, reason: str) -> NoReturn:
        """Say what is wrong with this line.

        Raises:
            TrainingError: Always.
        """
        raise TrainingError(f"{self.table}, line {self.number}: {reason}.")


@dataclass(frozen=True, slots=True)
class ReviewedFace:
    """A photo that somebody looked at.

    Attributes:
        line: In the file, from 1.
        image: Its path, as seen from the file's folder.
        label: "happy", "sad" or "neutral".
        box: The face that the label is about, in pixels.
    """

    line: int
    image: str
    label: str
    box: Box


def read_lines(source: SourceFiles, name: str, columns: Collection[str]) -> Iterator[Line]:
    """Read a CSV table: in UTF-8, UTF-16 or a Western encoding; with commas, semicolons or tabs.

    Raises:
        TrainingError: It has not these columns, or is no such table.
    """
    table, text, skipped = name_table(source, name), _read_text(source, name), 0
    if text.lower().startswith("sep="):  # a line that spreadsheets write for each other
        text, skipped = text.partition("\n")[2], 1
    # Whichever of the three is most frequent in the heading: column names seldom hold one.
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        heading = [column.strip() for column in next(reader, [])]
        missing = [column for column in columns if column not in heading]
        if missing:
            found = make_printable(", ".join(heading), 80) or "nothing"
            raise TrainingError(f"{table}, line 1: there is no column {', '.join(missing)}; found {found}.")
        for cells in reader:
            if cells:
                padded = cells + [""] * (len(heading) - len(cells))
                named = {column: cell.strip() for column, cell in zip(heading, padded, strict=False)}
                yield Line(table, reader.line_num + skipped, named)
    except csv.Error as error:
        raise TrainingError(f"{table}, line {reader.line_num + skipped}: {error}.") from error


REVIEWED_LABELS = ("happy", "sad", "neutral")
_EXPECTED = "Expected image, label (happy, sad or neutral) and box (left, top, width, height)"


def read_reviewed(source: SourceFiles, name: str) -> list[ReviewedFace]:
    """Read a `reviewed_faces.json`.

    Raises:
        TrainingError: It is not a list of photos with a label and a box each.
    """
    table, text = name_table(source, name), _read_text(source, name)
    try:
        entries = json.loads(text)
    except json.JSONDecodeError as error:
        raise TrainingError(f"{table}, line {error.lineno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise TrainingError(f"{table} holds numbers too long or lists too deep to be read.") from error
    if not isinstance(entries, list):
        raise TrainingError(f"{table}, line 1: there is no list. {_EXPECTED} of each photo.")
    faces = []
    for (line, written), entry in zip(_split_list(text), entries, strict=True):
        face = _read_face(line, entry)
        if face is None:
            shown = make_printable(" ".join(written.split()), 120)
            raise TrainingError(f"{table}, line {line} has {shown}. {_EXPECTED}.")
        faces.append(face)
    return faces


def name_table(source: SourceFiles, name: str) -> str:
    """Name a table of a source in a sentence."""
    return f"{make_printable(name)} in {source.path}"


def _read_text(source: SourceFiles, name: str) -> str:
    """Read and decode a table."""
    table = name_table(source, name)
    try:
        content = source.files[name].read_bytes(TABLE_BYTES)
    except UnreadableFileError as error:
        raise TrainingError(f"{table} cannot be read: {error}.") from error
    marked = next((encoding for mark, encoding in _MARKS if content.startswith(mark)), None)
    # UTF-8 first: it refuses what is not UTF-8, while a Western encoding makes some letters of nearly any
    # bytes.
    for encoding in (marked,) if marked else ("utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TrainingError(f"{table} is not a text. Save it as UTF-8.")


def _split_list(text: str) -> Iterator[tuple[int, str]]:
    """Yield of each entry of a JSON list the line on which it begins, and how it is written."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    line, counted = 1, 0
    while True:
        at = _skip(text, at)
        if text[at] == "]":
            return
        line, counted = line + text.count("\n", counted, at), at
        end = decoder.raw_decode(text, at)[1]
        yield line, text[at:end]
        at = end


def _skip(text: str, at: int) -> int:
    """Return where the next entry begins, or the list ends."""
    while text[at] in ", \t\r\n":
        at += 1
    return at


def _read_face(line: int, entry: Any) -> ReviewedFace | None:
    """Read one entry; None if it is none."""
    if not isinstance(entry, dict):
        return None
    image, label, box = (entry.get(name) for name in ("image", "label", "box"))
    if not isinstance(image, str) or label not in REVIEWED_LABELS:
        return None
    if not isinstance(box, list) or len(box) != len(Box._fields):
        return None
    is_sound = all(type(side) in (int, float) and abs(side) <= _LARGEST_SIDE for side in box)
    if not is_sound or min(box[2:]) <= 0:
        return None
    return ReviewedFace(line, image, label, Box(*box))
