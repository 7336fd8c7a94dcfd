"""Turn archives and folders of photos into a prepared set: clean faces, split, with a manifest.

A prepared set is a folder with `crops.npy` ((N, 96, 96, 3) uint8 RGB, memory-mapped when read) and
`manifest.csv` (a row for every picture seen, kept or dropped, with the reason).
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from rich.progress import track

from classifier.types import ImageError
from classifier.workers.confined_decoder import ConfinedDecoder
from training.data.contact_sheet import Tile, draw_sheet
from training.data.dataset import STORED_SIZE
from training.data.face_crops import OUTLINE, FaceCropper, crop_background, resize_crop
from training.data.near_duplicates import find_near_duplicates, hash_face
from training.data.samples import EMOTIONS, HAPPINESS, SADNESS, UNREADABLE
from training.data.source_files import UnreadableFileError
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.data.samples import Sample, Split


SHARES_BESIDE_TEST: dict[Split, float] = {"train": 0.9, "validation": 0.1}
"""How the other pictures are dealt out where a source itself names those for testing."""

SHARES: dict[Split, float] = {"train": 0.6, "validation": 0.1, "test": 0.3}
"""How the pictures of a source are dealt out that names none for testing."""

DECISIVE = (HAPPINESS, SADNESS)
"""Emotions that are dealt out first and evenly: they are what is measured."""


class NothingToPrepareError(TrainingError):
    """No picture of the sources can be used."""


_BACKGROUND = "#background"
_COLUMNS = ("index", "key", "source", "identity", "split", "dropped", "aligned", "sha256")


@dataclass
class Row:
    """One line of the manifest. For what is kept `dropped` is empty and `index` its place in crops.npy."""

    key: str
    source: str
    identity: str
    split: str
    votes: tuple[float, ...]
    sha256: str = ""
    aligned: int = 0  # 1 when turned upright by the eyes
    dropped: str = ""
    index: int = -1

    @property
    def is_background(self) -> bool:
        """Whether it is a square of a photo beside its faces, not a picture of the source."""
        return _BACKGROUND in self.key

    @property
    def reason(self) -> str:
        """Why it was dropped, without the name of the picture that it is a copy of."""
        return self.dropped.split(" of ")[0]


@dataclass
class _Candidate:
    """A picture that was read, on its way to be kept or dropped.

    Attributes:
        row: Its line of the manifest.
        crop: Its face, (96, 96, 3).
        outline: (22, 2), as `FaceCrop` has it.
        fingerprint: (255,) of `hash_face`: nearly the same for copies.
        background: Squares of the same photo that are no faces.
        thumbnail: The whole photo, small, where no face was found.
        original: What it is a copy of.
    """

    row: Row
    crop: NDArray[np.uint8] | None = None
    outline: NDArray[np.float32] | None = None
    fingerprint: NDArray[np.int8] | None = None
    background: list[NDArray[np.uint8]] = field(default_factory=list)
    thumbnail: NDArray[np.uint8] | None = None
    original: _Candidate | None = None


def prepare(samples: Sequence[Sample], out_dir: Path, seed: int) -> list[Row]:
    """Read, clean, split and write a prepared set.

    The same samples and seed give the same set, whatever their order.

    Args:
        samples: From one or several sources.
        out_dir: Made if missing; an older prepared set in it is replaced.
        seed: Of the split.

    Returns:
        The manifest.
    """
    cropper = FaceCropper()
    # Test pictures first: of a group of copies the first is kept, and a test face must not be trained on.
    # That would be leakage: the network remembers the face, and the figure is better than it will be on new
    # photos.
    ordered = sorted(samples, key=lambda sample: (sample.split != "test", sample.key))
    with ConfinedDecoder() as decoder:
        candidates = [_read_candidate(sample, cropper, decoder) for sample in track(ordered, "Reading faces")]
    _drop_near_duplicates(candidates)
    assign_splits([candidate.row for candidate in candidates if not candidate.row.dropped], seed)
    rows, crops, outlines = _collect(candidates)
    write_prepared(rows, crops, out_dir, outlines)
    draw_sheet(_group_for_sheet(candidates), out_dir / "contact-sheet.png")
    return rows


def describe_missing_labels(rows: Sequence[Row]) -> str:
    """Say why nothing can be trained from a prepared set; empty if something can."""
    kept = {(row.split, _emotion(row)) for row in rows if not row.dropped}
    missing = [
        f"no {name} face in {split}"
        for split in ("train", "validation")
        for emotion, name in zip(DECISIVE, ("happy", "sad"), strict=True)
        if (split, emotion) not in kept
    ]
    if not missing:
        return ""
    return (
        f"Nothing can be trained from this set alone: {', '.join(missing)}. "
        "Add photos of happy and of sad faces, and prepare again."
    )


def assign_splits(rows: Sequence[Row], seed: int) -> None:
    """Give each row without a split one: each person in one split only, and sad faces in all of them.

    Each person belongs to the stratum of their rarest emotion, where happy and sad go before all others. The
    rarest stratum is dealt out first; inside a stratum those with most such faces come first, equals in the
    order of a hash. Each goes to the split that is furthest behind its share of that emotion.
    """
    # A network that has seen a person's other photos may recognize the person instead of reading the face.
    # Where a source does not say who is shown, each picture counts as a person.
    for source in sorted({row.source for row in rows}):
        members: dict[str, list[Row]] = defaultdict(list)
        of_source = [row for row in rows if row.source == source]
        for row in of_source:
            if not row.split:
                members[row.identity or row.key].append(row)
        has_test = any(row.split == "test" for row in of_source)
        _share_out(members, SHARES_BESIDE_TEST if has_test else SHARES, seed)


def _share_out(members: Mapping[str, list[Row]], shares: Mapping[Split, float], seed: int) -> None:
    """Assign the rows of each identity, which all come from one source."""
    frequency = Counter(_emotion(row) for rows in members.values() for row in rows)

    def rarity(emotion: int) -> tuple[bool, int, int]:
        return emotion not in DECISIVE, frequency[emotion], emotion

    # The hash of seed and name stands for chance, and stays the same when other people are added or removed.
    def deal(name: str) -> tuple[tuple[bool, int, int], int, bytes]:
        emotions = Counter(_emotion(row) for row in members[name])
        rarest = min(emotions, key=rarity)
        return rarity(rarest), -emotions[rarest], hashlib.sha256(f"{seed}/{name}".encode()).digest()

    dealt: dict[int, Counter[Split]] = defaultdict(Counter)
    for (_, _, stratum), negative_size, _, name in sorted((*deal(name), name) for name in members):
        so_far, size = dealt[stratum], -negative_size
        # Greedy: the split whose count of this emotion is furthest below its share, as if this person went
        # there.
        split = max(shares, key=lambda split: shares[split] * (so_far.total() + size) - so_far[split])
        so_far[split] += size
        for row in members[name]:
            row.split = split


def _emotion(row: Row) -> int:
    """Return the index of the emotion with most votes."""
    return int(np.argmax(row.votes))


def write_prepared(
    rows: Sequence[Row],
    crops: NDArray[np.uint8],
    out_dir: Path,
    outlines: NDArray[np.float32] | None = None,
) -> None:
    """Write `crops.npy`, `outlines.npy` ((N, 22, 2), where not given unknown) and `manifest.csv`."""
    out_dir.mkdir(parents=True, exist_ok=True)
    np.save(out_dir / "crops.npy", crops)
    unknown = np.full((len(crops), len(OUTLINE), 2), np.nan, dtype=np.float32)
    np.save(out_dir / "outlines.npy", unknown if outlines is None else outlines)
    with (out_dir / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS + EMOTIONS)
        for row in rows:
            fields = [getattr(row, column) for column in _COLUMNS]
            writer.writerow([*fields, *(f"{vote:.4g}" for vote in row.votes)])


def _read_candidate(sample: Sample, cropper: FaceCropper, decoder: ConfinedDecoder) -> _Candidate:
    """Decode one picture and crop its face. A picture that cannot be used gets the reason."""
    row = Row(sample.key, sample.source, sample.identity or "", sample.split or "", sample.votes)
    candidate = _Candidate(row)
    if sample.problem:
        row.dropped = sample.problem
        return candidate
    try:
        image_bytes = sample.read_bytes()
        row.sha256 = hashlib.sha256(image_bytes).hexdigest()
        image = decoder.decode(image_bytes).pixels
    except (ImageError, UnreadableFileError) as error:
        row.dropped = f"unreadable: {error.kind}"
        return candidate
    candidate.fingerprint = hash_face(image)
    face = cropper.crop(image, sample)
    if face is None:
        row.dropped = "no face seen"
        candidate.thumbnail = resize_crop(image, STORED_SIZE)
    elif not face.is_readable and sample.split != "test":  # in test it stays: people send such photos, too
        row.dropped = "face turned away or covered"
        candidate.thumbnail = resize_crop(face.crop, STORED_SIZE)
    else:
        row.aligned = int(face.is_readable)
        candidate.crop, candidate.outline = resize_crop(face.crop, STORED_SIZE), face.outline
        # Two crops of one photo differ at their edges, their aligned faces do not. Where the picture is the
        # face already, it is compared as it came.
        if sample.framing != "cut":
            candidate.fingerprint = hash_face(candidate.crop)
    if sample.framing == "photo" and sample.split != "test":
        squares = crop_background(image, cropper, seed=int(row.sha256[:8], 16))
        candidate.background = [resize_crop(square, STORED_SIZE) for square in squares]
    return candidate


def _drop_near_duplicates(candidates: list[_Candidate]) -> None:
    """Keep the first of each group of copies: a test picture if there is one, as these come first."""
    usable = [candidate for candidate in candidates if candidate.crop is not None]
    if not usable:
        raise NothingToPrepareError(
            f"None of the {len(candidates)} pictures shows a face that can be used. "
            "Name a source with photos in which faces are at least 28 pixels large."
        )
    hashes = np.stack([candidate.fingerprint for candidate in usable if candidate.fingerprint is not None])
    for candidate, first in zip(usable, find_near_duplicates(hashes), strict=True):
        if usable[first] is not candidate:
            candidate.original = usable[first]
            same = usable[first].row.sha256 == candidate.row.sha256
            candidate.row.dropped = f"{'copy' if same else 'near copy'} of {usable[first].row.key}"


def _collect(
    candidates: list[_Candidate],
) -> tuple[list[Row], NDArray[np.uint8], NDArray[np.float32]]:
    """Number what is kept, and add the background crops with votes for "unreadable"."""
    rows: list[Row] = []
    crops: list[NDArray[np.uint8]] = []
    outlines: list[NDArray[np.float32]] = []
    nowhere = np.full((len(OUTLINE), 2), np.nan, dtype=np.float32)
    not_a_face = tuple(float(index == UNREADABLE) for index in range(len(EMOTIONS)))
    for candidate in candidates:
        rows.append(candidate.row)
        if candidate.row.dropped or candidate.crop is None:
            continue
        candidate.row.index = len(crops)
        crops.append(candidate.crop)
        outlines.append(nowhere if candidate.outline is None else candidate.outline)
        for number, background in enumerate(candidate.background):
            key = f"{candidate.row.key}{_BACKGROUND}{number}"
            # In the same split as its photo: a background learnt by heart would be leakage, too.
            row = replace(candidate.row, key=key, votes=not_a_face, aligned=0, index=len(crops))
            rows.append(row)
            crops.append(background)
            outlines.append(nowhere)
    return rows, np.stack(crops), np.stack(outlines)


def _group_for_sheet(candidates: Sequence[_Candidate]) -> dict[str, list[Tile]]:
    """Group the pictures by source and by fate: kept or dropped. A copy is shown beside its original."""
    groups: dict[str, list[Tile]] = defaultdict(list)
    for candidate in candidates:
        row = candidate.row
        shown = [candidate.crop, candidate.thumbnail, candidate.original.crop if candidate.original else None]
        crops = tuple(crop for crop in shown if crop is not None)
        if crops:
            fate = f"dropped, {row.reason}" if row.dropped else f"kept, {EMOTIONS[_emotion(row)]}"
            groups[f"{row.source}, {fate}"].append(Tile(row.key, crops))
    return dict(sorted(groups.items()))
