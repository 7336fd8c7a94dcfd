"""Who is in which split, what counts as a copy, and how labels become votes: at the borders."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from classifier.types import Box, Keypoints, Point
from training.data.concatenate import Part, concatenate_prepared
from training.data.dataset import NotPreparedError, hash_prepared, load_prepared
from training.data.face_crops import _pad, crop_background, is_same_face
from training.data.folder_sources import FOLDER_TRUST, NO_SMILE_VOTES, SMILE_VOTES
from training.data.label_tables import Line, _read_face
from training.data.near_duplicates import find_near_duplicates, is_near_duplicate_of_any
from training.data.prepare import Row, assign_splits, describe_missing_labels, write_prepared
from training.data.samples import EMOTIONS, HAPPINESS, NEUTRAL, SADNESS, Sample, weigh_label
from training.data.slices import _measure_turn, name_slices
from training.data.table_sources import MUXSPACE_TRUST
from training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path

    from classifier.types import DetectedFace


def build_rows(count: int, emotion: int, source: str = "s", photos: int = 1, split: str = "") -> list[Row]:
    votes = tuple(float(n == emotion) for n in range(len(EMOTIONS)))
    return [
        Row(f"{source}/{emotion}/{n}/{photo}", source, f"p{emotion}-{n}", split, votes)
        for n in range(count)
        for photo in range(photos)
    ]


@pytest.mark.parametrize("emotion", [HAPPINESS, SADNESS, NEUTRAL])
def test_pictures_are_dealt_out_by_their_shares(emotion: int) -> None:
    """Six tenths to train with, one to validate, three to test; nine to one beside a test of its own."""
    rows = build_rows(100, emotion)
    assign_splits(rows, 1)
    assert Counter(row.split for row in rows) == {"train": 60, "validation": 10, "test": 30}
    rows = build_rows(100, emotion) + build_rows(7, emotion, photos=2, split="test")
    assign_splits(rows, 1)
    assert Counter(row.split for row in rows) == {"train": 90, "validation": 10, "test": 14}


@pytest.mark.parametrize("seed", range(8))
def test_a_person_is_in_one_split_whatever_the_seed(seed: int) -> None:
    """With happy and sad photos, too: a network could know the person instead of reading the face."""
    rows = build_rows(30, HAPPINESS, photos=3) + build_rows(10, SADNESS, photos=2)
    for row in rows:
        row.identity = row.identity.split("-")[1]  # person 3 is happy in some photos and sad in others
    random = np.random.default_rng(seed)
    shuffled = [rows[n] for n in random.permutation(len(rows))]
    assign_splits(shuffled, seed)
    splits = defaultdict(set)
    for row in rows:
        splits[row.identity].add(row.split)
    assert all(len(of_person) == 1 for of_person in splits.values())
    assert {row.split for row in rows if row.votes[SADNESS]} == {"train", "validation", "test"}


def test_another_seed_deals_out_others_and_the_same_seed_the_same() -> None:
    """Whatever their order."""
    dealt = {}
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        rows = build_rows(60, HAPPINESS)
        assign_splits(rows[::-1] if name == "again" else rows, seed)
        dealt[name] = {row.key: row.split for row in rows}
    assert dealt["one"] == dealt["again"] != dealt["other"]


def test_a_set_needs_happy_and_sad_faces_to_train_and_to_validate() -> None:
    """What is dropped does not count."""
    rows = [
        row
        for split in ("train", "validation")
        for emotion in (HAPPINESS, SADNESS)
        for row in build_rows(1, emotion, split=split)
    ]
    assert describe_missing_labels(rows) == ""
    rows[-1].dropped = "unreadable"
    assert "no sad face in validation" in describe_missing_labels(rows)


def flip(sign: np.ndarray, bits: int) -> np.ndarray:
    flipped = sign.copy()
    flipped[:bits] *= -1
    return flipped


def test_faces_that_differ_in_62_bits_are_copies_and_in_63_are_not() -> None:
    """From 66 on there are pairs of different people."""
    face = np.where(np.random.default_rng(0).random(255) < 0.5, 1, -1).astype(np.int8)
    for bits, is_copy in ((62, True), (63, False)):
        pair = np.stack([face, flip(face, bits)])
        assert find_near_duplicates(pair) == [0, 0 if is_copy else 1]
        assert is_near_duplicate_of_any(pair[:1], pair[1:])[0] == is_copy
    assert not is_near_duplicate_of_any(pair, pair[:0]).any()
    assert is_near_duplicate_of_any(pair[:0], pair).shape == (0,)


def test_copies_are_found_however_far_apart_they_lie() -> None:
    """Two thousand faces are compared at a time."""
    faces = np.where(np.random.default_rng(1).random((2_003, 255)) < 0.5, 1, -1).astype(np.int8)
    faces[1_999], faces[2_000], faces[2_002] = faces[5], faces[7], faces[2_001]
    groups = find_near_duplicates(faces)
    assert {n: first for n, first in enumerate(groups) if first != n} == {1_999: 5, 2_000: 7, 2_002: 2_001}
    near = is_near_duplicate_of_any(faces, faces[[5, 2_001]])
    assert np.flatnonzero(near).tolist() == [5, 1_999, 2_001, 2_002]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((0, 0, 40, 40), True),
        ((19, 0, 40, 40), True),
        ((20, 0, 40, 40), False),
        ((0, 20, 40, 40), False),
        ((10, 10, 20, 20), True),
        ((29, 10, 20, 20), False),
    ],
)
def test_two_boxes_are_of_one_face_if_each_holds_the_others_middle(
    other: tuple[int, int, int, int], expected: bool
) -> None:
    """In both directions."""
    assert is_same_face(Box(0, 0, 40, 40), Box(*other)) == expected
    assert is_same_face(Box(*other), Box(0, 0, 40, 40)) == expected


class Cropper:
    """Stands in for what finds faces."""

    def __init__(self, *boxes: Box) -> None:
        self._boxes = list(boxes)

    def find_boxes(self, _image: np.ndarray) -> list[Box]:
        """Return the boxes of everything that may be a face."""
        return self._boxes


def test_squares_of_the_background_touch_no_face() -> None:
    """Half a face would be taught as none; the seed says where they lie."""
    image = np.zeros((300, 300, 3), dtype=np.uint8)
    image[100:200, 100:200] = 255
    found = 0
    for seed in range(60):
        for square in crop_background(image, Cropper(Box(100, 100, 100, 100)), seed):
            found += 1
            assert square.max() == 0
            assert 30 <= square.shape[0] == square.shape[1] <= 105
    assert 5 < found < 120
    assert not list(crop_background(image, Cropper(Box(0, 0, 300, 300)), 1))
    assert len(list(crop_background(image, Cropper(), 1))) <= 2


@pytest.mark.parametrize(
    ("framing", "side", "padded", "at"),
    [
        ("photo", 90, 90, 0),
        ("photo", 300, 300, 0),
        ("cut", 192, 320, 64),
        ("cut", 96, 320, 64),
        ("framed", 192, 384, 96),
    ],
)
def test_pictures_of_a_face_get_a_border_and_photos_none(
    framing: Any, side: int, padded: int, at: int
) -> None:
    """A third or a half of the side, which repeats the edge; small ones are enlarged to 192 before."""
    sample = Sample("s", "n", (1.0,), None, framing)
    image, move = _pad(np.full((side, side, 3), 77, dtype=np.uint8), sample)
    assert image.shape[:2] == (padded, padded)
    assert (image == 77).all()
    scale = (padded - 2 * at) / side
    assert move(Box(0, 0, 10, 10)) == Box(at, at, round(10 * scale), round(10 * scale))


def test_a_label_is_trusted_as_far_as_its_source() -> None:
    """The rest goes to neutral: a wrong label is mostly of a face that shows little."""
    assert (FOLDER_TRUST, MUXSPACE_TRUST) == (0.85, 0.85)
    votes = weigh_label(HAPPINESS, 0.85)
    assert (votes[HAPPINESS], votes[NEUTRAL], sum(votes)) == pytest.approx((0.85, 0.15, 1.0))
    assert weigh_label(NEUTRAL, 0.85)[NEUTRAL] == pytest.approx(1.0)
    assert weigh_label(SADNESS, 1.0)[SADNESS] == 1.0
    assert (sum(SMILE_VOTES), sum(NO_SMILE_VOTES)) == pytest.approx((1.0, 0.9))


@pytest.mark.parametrize(
    ("cell", "number"),
    [("0", 0), ("0,5", 0.5), ("10", 10), ("-1", None), ("nan", None), ("inf", None), ("x", None)],
)
def test_a_number_of_votes_is_from_nothing_on(cell: str, number: float | None) -> None:
    """Neither negative nor endless."""
    line = Line("t.csv", 3, {"votes": cell})
    if number is not None:
        assert line.read_number("votes") == number
        return
    with pytest.raises(TrainingError, match="line 3"):
        line.read_number("votes")


@pytest.mark.parametrize(
    ("box", "is_read"),
    [
        ([0, 0, 1, 1], True),
        ([0, 0, 0, 1], False),
        ([0, 0, 1, 0], False),
        ([-5, -5, 10, 10], True),
        ([0, 0, 1_000_000, 1], True),
        ([0, 0, 1_000_001, 1], False),
        ([0, 0, 1], False),
        ([0, 0, True, 1], False),
        (["0", 0, 1, 1], False),
    ],
)
def test_a_reviewed_box_has_a_size_that_can_be(box: list[Any], is_read: bool) -> None:
    """Two sides of one pixel or more, and none beyond a million."""
    face = _read_face(1, {"image": "a.jpg", "label": "happy", "box": box})
    assert (face is not None) == is_read
    assert _read_face(1, {"image": "a.jpg", "label": "angry", "box": [0, 0, 1, 1]}) is None


def write_set(folder: Path, count: int, split: str = "train", first: int = 0) -> Path:
    rows = build_rows(count, HAPPINESS, split=split)
    for index, row in enumerate(rows):
        row.index = index
    crops = np.zeros((count, 2, 2, 3), dtype=np.uint8)
    crops[:, 0, 0, 0], crops[:, 0, 0, 1] = np.arange(first, first + count) % 251, count % 251
    write_prepared(rows, crops, folder)
    return folder


def test_parts_are_joined_row_by_row_whatever_their_length(tmp_path: Path) -> None:
    """Two thousand rows at a time; only those that are chosen; numbered anew."""
    long, short = write_set(tmp_path / "a", 2_001), write_set(tmp_path / "b", 3, "test", first=100)
    total = concatenate_prepared(
        [Part(long, lambda row: int(row["index"]) != 7), Part(short, lambda row: row["split"] == "test")],
        tmp_path / "out",
    )
    faces = load_prepared(tmp_path / "out")
    assert total == len(faces) == 2_003
    numbers = [n % 251 for n in range(2_001) if n != 7] + [100, 101, 102]
    assert faces.crops[:, 0, 0, 0].tolist() == numbers
    assert faces.splits.tolist() == ["train"] * 2_000 + ["test"] * 3
    with pytest.raises(TrainingError, match="Nothing"):
        concatenate_prepared([Part(short, lambda _: False)], tmp_path / "none")


def test_a_set_whose_parts_do_not_belong_together_is_refused(tmp_path: Path) -> None:
    """A crop for each row; its name is the hash of the manifest."""
    folder = write_set(tmp_path / "a", 3)
    before = hash_prepared(folder)
    assert len(load_prepared(folder)) == 3
    np.save(folder / "crops.npy", np.zeros((4, 2, 2, 3), dtype=np.uint8))
    with pytest.raises(NotPreparedError, match="4 crops but 3 rows"):
        load_prepared(folder)
    assert hash_prepared(folder) == before
    assert hash_prepared(write_set(tmp_path / "b", 2)) != before


class NoFinder:
    """Finds no face: then only the pixels tell."""

    def find(self, _image: np.ndarray) -> list[DetectedFace]:
        """Find nobody."""
        return []


@pytest.mark.parametrize(
    ("brightness", "tilt", "pixels", "expected"),
    [
        (79, None, None, {"dark"}),
        (80, None, None, set()),
        (180, None, None, set()),
        (181, None, None, {"bright"}),
        (120, 20, 64, set()),
        (120, 20.1, 64, {"tilted"}),
        (120, -20.1, 64, {"tilted"}),
        (120, 0, 63, {"small"}),
    ],
)
def test_slices_begin_at_their_borders(
    brightness: int, tilt: float | None, pixels: int | None, expected: set[str]
) -> None:
    """As their descriptions say."""
    crop = np.full((96, 96, 3), brightness, dtype=np.uint8)
    found = name_slices(crop, NoFinder(), tilt=tilt, face_pixels=pixels)
    assert found - {"flat", "soft", "hard to find"} == expected


def test_a_turn_is_measured_in_distances_of_the_eyes() -> None:
    """How far the nose is from the middle between them."""
    points = Keypoints(Point(10, 0), Point(30, 0), Point(26, 9), *[Point(0, 0)] * 3)
    assert _measure_turn(points) == pytest.approx(0.3)
