"""From sources to a prepared set."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from training_sources import ASTRONAUT_BOX, draw_face, encode_jpeg, encode_png

from classifier.types import Box
from training.data.dataset import NotPreparedError, hash_prepared, load_prepared
from training.data.near_duplicates import (
    NEAR_DUPLICATE_BITS,
    find_near_duplicates,
    hash_face,
    is_near_duplicate_of_any,
)
from training.data.prepare import NothingToPrepareError, Row, assign_splits, prepare
from training.data.samples import EMOTIONS, HAPPINESS, NEUTRAL, SADNESS
from training.data.sources import UnknownLayoutError, read_source
from training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Prepared, Sources


def test_ferplus_votes_become_shares_and_the_test_part_stays_apart(sources: Sources):
    """Ten votes a face, 8 for its emotion; PublicTest is for testing, Training is split later."""
    samples = {sample.name: sample for sample in read_source(sources.ferplus)}

    face = samples["Training/fer0000000.png"]
    assert face.votes[HAPPINESS] == pytest.approx(0.8)
    assert sum(face.votes) == pytest.approx(1)
    assert face.split is None
    assert samples["PublicTest/fer0000120.png"].split == "test"


def test_any_part_of_ferplus_can_be_asked_for(sources: Sources):
    """Only the parts named are read, into the split named."""
    samples = read_source(sources.ferplus, {"PublicTest": "validation"})

    assert {sample.split for sample in samples} == {"validation"}
    assert len(samples) == 24
    assert read_source(sources.ferplus, {"PrivateTest": "test"}) == []


def test_muxspace_knows_who_is_shown(sources: Sources):
    """Each person has three pictures."""
    people = defaultdict(list)
    for sample in read_source(sources.muxspace):
        people[sample.identity].append(sample.name)

    assert len(people["Person_03"]) == 3


def test_a_reviewed_photo_is_for_testing_and_knows_its_main_face(sources: Sources):
    """The others leave the split open and mean the largest face."""
    samples = {sample.name: sample for sample in read_source(sources.photos)}

    reviewed, other = samples["happy/astronaut.jpg"], samples["sad/mirrored.jpg"]
    assert (reviewed.split, reviewed.main_face) == ("test", Box(*ASTRONAUT_BOX))
    assert (other.split, other.main_face) == (None, None)
    assert other.votes[SADNESS] > other.votes[NEUTRAL] > 0


@pytest.mark.parametrize("entry", [{"label": "angry", "box": [1, 2, 3, 4]}, {"label": "sad", "box": [1]}])
def test_a_reviewed_photo_with_another_label_is_refused(tmp_path: Path, entry: dict[str, object]):
    """It would be tested as something that it is not."""
    (tmp_path / "happy").mkdir()
    (tmp_path / "reviewed_faces.json").write_text(json.dumps([{"image": "happy/1.jpg", **entry}]))

    with pytest.raises(TrainingError, match=r"Expected image, label \(happy, sad or neutral\) and box"):
        read_source(tmp_path)


def test_an_unknown_layout_says_what_was_found_and_what_was_expected(tmp_path: Path):
    """The sentence names the folder's content and the three layouts."""
    (tmp_path / "holiday.txt").write_text("sun")

    with pytest.raises(UnknownLayoutError, match=r"holiday\.txt.*fer2013new\.csv.*legend\.csv.*happy/"):
        read_source(tmp_path)
    with pytest.raises(UnknownLayoutError, match="does not exist"):
        read_source(tmp_path / "nowhere")


def test_copies_unreadable_files_and_photos_of_nobody_are_dropped_with_the_reason(prepared: Prepared):
    """And hardly anything else is: of the drawn faces, one or another is not seen or looks like another."""
    dropped = {row.key: row.dropped for row in prepared.rows if row.dropped}
    copy_of_person = {"muxspace/Copy.png", "muxspace/Person_00_0.png"} & set(dropped)
    expected = {
        "ferplus/Training/fer9000001.png": "copy of ferplus/Training/fer0000000.png",
        "ferplus/Training/fer9000002.png": "copy of ferplus/PublicTest/fer0000120.png",
        "ferplus/Training/fer9000003.png": "unreadable: not_an_image",
        "photos/sad/broken.jpg": "unreadable: damaged",
        "photos/sad/nobody.jpg": "no face seen",
    }

    assert len(copy_of_person) == 1  # either may stand for both
    assert expected.items() <= dropped.items()
    others = [dropped[key].split(" of ")[0] for key in dropped.keys() - expected.keys() - copy_of_person]
    assert len(others) <= 4
    assert set(others) <= {"no face seen", "near copy"}


def test_of_copies_on_both_sides_the_test_picture_is_kept(prepared: Prepared):
    """A training picture that repeats a test picture would make the test too easy."""
    kept = {row.key: row.split for row in prepared.rows if not row.dropped}

    assert kept["ferplus/PublicTest/fer0000120.png"] == "test"


def test_nobody_is_in_two_splits(prepared: Prepared):
    """All pictures of a person are on one side."""
    sides = defaultdict(set)
    for row in prepared.rows:
        if row.identity and not row.dropped:
            sides[row.identity].add(row.split)

    assert len(sides) >= 12
    assert {len(splits) for splits in sides.values()} == {1}


def test_the_manifest_says_of_every_picture_what_became_of_it(prepared: Prepared, sources: Sources):
    """A row for each picture seen, and one for each background square."""
    with (prepared.folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    seen = {sample.key for source in sources.all for sample in read_source(source)}
    assert {row["key"] for row in rows if "#background" not in row["key"]} == seen
    assert all(row["dropped"] or row["split"] in {"train", "validation", "test"} for row in rows)
    assert all(len(row["sha256"]) == 64 for row in rows)


def test_a_prepared_set_reads_back_as_it_was_written(prepared: Prepared):
    """Crops and rows belong together; every emotion has faces in every split of FER+."""
    faces = load_prepared(prepared.folder)

    assert faces.crops.shape[1:] == (96, 96, 3)
    assert np.allclose(faces.votes.sum(axis=1), 1)
    for split in ("train", "validation", "test"):
        chosen = (faces.splits == split) & (faces.sources == "ferplus")
        assert {EMOTIONS[i] for i in faces.plurality[chosen]} == {"happiness", "sadness", "neutral"}


def test_the_same_pictures_and_seed_give_the_same_set_in_any_order(
    prepared: Prepared, sources: Sources, tmp_path: Path
):
    """Down to the hash of the manifest; another seed splits otherwise."""
    samples = [sample for source in reversed(sources.all) for sample in reversed(read_source(source))]

    prepare(samples, tmp_path / "again", seed=0)
    prepare(samples, tmp_path / "other", seed=1)

    assert hash_prepared(tmp_path / "again") == hash_prepared(prepared.folder)
    assert hash_prepared(tmp_path / "other") != hash_prepared(prepared.folder)


def test_a_contact_sheet_shows_what_was_kept_and_dropped(prepared: Prepared):
    """Written beside the set."""
    sheet = cv2.imread(str(prepared.folder / "contact-sheet.png"))

    assert sheet.shape[1] == 12 * 96


def test_a_photo_turned_upright_is_a_copy_of_the_upright_photo(tmp_path: Path, astronaut_jpeg: bytes):
    """Copies are told by the aligned face, so a tilt hides none."""
    photo = cv2.imdecode(np.frombuffer(astronaut_jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    turn = cv2.getRotationMatrix2D((225, 110), 12, 1)
    (tmp_path / "happy").mkdir()
    (tmp_path / "happy" / "a.jpg").write_bytes(astronaut_jpeg)
    (tmp_path / "happy" / "b.jpg").write_bytes(encode_jpeg(cv2.warpAffine(photo, turn, (512, 512))))

    rows = {row.key: row for row in prepare(read_source(tmp_path), tmp_path / "out", seed=0)}

    name = tmp_path.name
    assert rows[f"{name}/happy/a.jpg"].aligned
    assert rows[f"{name}/happy/b.jpg"].dropped == f"near copy of {name}/happy/a.jpg"


def test_photos_without_any_face_are_refused_with_advice(tmp_path: Path):
    """A set of nothing helps nobody."""
    (tmp_path / "sad").mkdir()
    (tmp_path / "happy").mkdir()
    (tmp_path / "sad" / "grey.jpg").write_bytes(encode_jpeg(np.full((200, 200, 3), 128, np.uint8)))

    with pytest.raises(NothingToPrepareError, match="None of the 1 pictures"):
        prepare(read_source(tmp_path), tmp_path / "out", seed=0)


def test_a_folder_that_is_no_prepared_set_is_refused(tmp_path: Path, prepared: Prepared):
    """Missing, or with a file of another set."""
    with pytest.raises(NotPreparedError, match="training prepare"):
        load_prepared(tmp_path)
    (tmp_path / "manifest.csv").write_bytes((prepared.folder / "manifest.csv").read_bytes())
    np.save(tmp_path / "crops.npy", np.zeros((3, 96, 96, 3), np.uint8))
    with pytest.raises(NotPreparedError, match="3 crops"):
        load_prepared(tmp_path)


def test_rare_emotions_are_shared_out_like_frequent_ones():
    """60, 10 and 30 percent, of 1,000 happy and of 50 sad faces alike."""
    votes = {name: tuple(float(name == emotion) for emotion in EMOTIONS) for name in EMOTIONS}
    rows = [Row(f"x/{i}", "x", "", "", votes["happiness" if i % 21 else "sadness"]) for i in range(1050)]

    assign_splits(rows, seed=5)

    for emotion, total in (("happiness", 1000), ("sadness", 50)):
        splits = [row.split for row in rows if row.votes == votes[emotion]]
        assert len(splits) == total
        for split, share in (("train", 0.6), ("validation", 0.1), ("test", 0.3)):
            assert abs(splits.count(split) - share * total) <= 1


def test_a_few_people_with_most_sad_faces_are_dealt_out_evenly():
    """Three actors have 80 of 100 sad faces and some angry ones; sad faces still reach every side."""
    votes = {name: tuple(float(name == emotion) for emotion in EMOTIONS) for name in EMOTIONS}
    people = [(f"actor{i}", "sadness", size) for i, size in enumerate((40, 25, 15))]
    people += [(f"actor{i}", "anger", 2) for i in range(3)]
    people += [(f"face{i}", "sadness", 1) for i in range(20)] + [
        (f"smile{i}", "happiness", 1) for i in range(500)
    ]
    rows = [
        Row(f"x/{name}/{emotion}{i}", "x", name, "", votes[emotion])
        for name, emotion, size in people
        for i in range(size)
    ]

    assign_splits(rows, seed=5)

    sides = Counter(row.split for row in rows if row.votes == votes["sadness"])
    assert sides["train"] >= 50
    assert 25 <= sides["test"] <= 35
    assert sides["validation"] >= 5
    assert len({(row.identity, row.split) for row in rows}) == len({row.identity for row in rows})


def test_a_source_with_test_photos_of_its_own_gives_no_others():
    """What is left of it trains and validates, nine to one."""
    happy = tuple(float(name == "happiness") for name in EMOTIONS)
    rows = [Row(f"x/{i}", "x", "", "test" if i < 30 else "", happy) for i in range(130)]

    assign_splits(rows, seed=5)

    assert Counter(row.split for row in rows) == {"test": 30, "train": 90, "validation": 10}


def test_copies_are_grouped_through_chains():
    """B is near A, and C near B but not near A: one group, named by its first."""
    a = np.ones(255, dtype=np.int8)
    b, c, far = a.copy(), a.copy(), -a
    b[:50] = -1
    c[:100] = -1

    assert find_near_duplicates(np.stack([a, far, b, c])) == [0, 1, 0, 0]


def test_the_hash_of_a_face_survives_compression_and_tells_faces_apart():
    """JPEG at low quality changes few of 255 bits; another picture changes about half."""
    face, other = draw_face("neutral", 1, 96), draw_face("neutral", 2, 96)
    compressed = cv2.imdecode(cv2.imencode(".jpg", face, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], 0)
    original = hash_face(face)

    assert np.sum(original != hash_face(compressed)) < NEAR_DUPLICATE_BITS / 2
    assert np.sum(original != hash_face(other)) > 90
    found = is_near_duplicate_of_any(np.stack([hash_face(compressed), hash_face(other)]), original[None])
    assert found.tolist() == [True, False]


def test_an_archive_with_one_folder_inside_reads_like_the_folder(tmp_path: Path, sources: Sources):
    """As most archives are packed."""
    with zipfile.ZipFile(tmp_path / "muxspace.zip", "w") as archive:
        for path in sorted(sources.muxspace.rglob("*")):
            if path.is_file():
                archive.write(path, f"facial_expressions/{path.relative_to(sources.muxspace)}")

    unpacked = [(sample.name, sample.votes) for sample in read_source(sources.muxspace)]
    assert [(sample.name, sample.votes) for sample in read_source(tmp_path / "muxspace.zip")] == unpacked


def test_smiles_and_other_faces_become_soft_votes(tmp_path: Path):
    """Who does not smile is mostly neutral, hardly ever sad; the pictures are of one face each."""
    for folder in ("smile", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.png").write_bytes(encode_png(draw_face("happiness", 1, side=90)))

    samples = {sample.name: sample for sample in read_source(tmp_path)}

    smile, other = samples["smile/1.png"], samples["other/1.png"]
    assert smile.votes[HAPPINESS] > 0.9
    assert other.votes[NEUTRAL] > 0.5 > other.votes[HAPPINESS] >= other.votes[SADNESS] > 0
    assert sum(other.votes) == pytest.approx(1)
    assert smile.framing == "framed"


def test_photos_that_are_all_reviewed_are_dealt_out_like_any_others(tmp_path: Path):
    """Labels that somebody checked are too good to be for testing alone; neutral faces are labels, too."""
    for folder in ("happy", "sad", "neutral"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.jpg").write_bytes(encode_jpeg(np.zeros((8, 8, 3), dtype=np.uint8)))
    entries = [
        {"image": f"{folder}/1.jpg", "label": folder, "box": [1, 2, 3, 4]}
        for folder in ("happy", "sad", "neutral")
    ]
    (tmp_path / "reviewed_faces.json").write_text(json.dumps(entries))

    samples = {sample.name: sample for sample in read_source(tmp_path)}

    assert {sample.split for sample in samples.values()} == {None}
    assert samples["neutral/1.jpg"].votes[NEUTRAL] == 1
    assert samples["happy/1.jpg"].main_face == Box(1, 2, 3, 4)


def test_every_kept_face_knows_where_its_jaw_is(prepared: Prepared):
    """Masks are laid along it; a background has none."""
    faces = load_prepared(prepared.folder)

    known = np.isfinite(faces.outlines).all(axis=(1, 2))
    assert faces.outlines.shape == (len(faces), 22, 2)
    assert known.mean() > 0.9
    chins = faces.outlines[known, 11]
    assert np.abs(chins.mean(axis=0) - (0.5, 0.95)).max() < 0.1
