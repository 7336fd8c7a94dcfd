"""Archives and folders of strangers: a picture is taken, left out with the reason, or a sentence says why."""

from __future__ import annotations

import csv
import json
import os
import struct
import sys
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut
from training_sources import FERPLUS_COLUMNS, draw_face, encode_jpeg, encode_png

from training.__main__ import main
from training.data.prepare import prepare
from training.data.samples import HAPPINESS, MISSING, SADNESS
from training.data.sources import list_source, read_source
from training.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path

    from training.data.samples import Sample

FACE = encode_png(draw_face("happiness", 1, 90))
HEADING = ",".join(("Usage", "Image name", *FERPLUS_COLUMNS))
VOTES = "0,8,0,0,0,0,0,2,0,0"


def write_ferplus_table(folder: Path, table: bytes, names: tuple[str, ...] = ("1.png", "2.png")) -> Path:
    (folder / "FER2013Train").mkdir(parents=True)
    for name in names:
        (folder / "FER2013Train" / name).write_bytes(FACE)
    (folder / "fer2013new.csv").write_bytes(table)
    return folder


def write_muxspace_table(folder: Path, table: bytes) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "1.png").write_bytes(FACE)
    (folder / "legend.csv").write_bytes(table)
    return folder


def write_files(folder: Path, *names: str, content: bytes = FACE) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def by_name(path: Path) -> dict[str, Sample]:
    return {sample.name: sample for sample in list_source(path).samples}


def read_manifest(folder: Path) -> dict[str, str]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return {row["key"]: row["dropped"] for row in csv.DictReader(file) if "#" not in row["key"]}


TABLE = f"{HEADING}\nTraining,1.png,{VOTES}\nTraining,2.png,{VOTES}\n"


@pytest.mark.parametrize(
    "table",
    [
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode(),
        ("sep=;\n" + TABLE.replace(",", ";")).encode(),
        TABLE.replace(",8,", ', "8,0",').replace("Usage,", " Usage ,").encode(),
    ],
    ids=["mark", "utf-16", "crlf", "semicolons", "tabs", "sep", "decimal-comma"],
)
def test_tables_are_read_as_editors_and_spreadsheets_save_them(tmp_path: Path, table: bytes):
    """Each is the same table."""
    samples = by_name(write_ferplus_table(tmp_path / "ferplus", table))

    assert set(samples) == {"Training/1.png", "Training/2.png"}
    assert samples["Training/1.png"].votes[HAPPINESS] == pytest.approx(0.8)


def test_a_table_in_a_western_encoding_keeps_its_names(tmp_path: Path):
    """As older spreadsheets save it."""
    table = "image,identity,emotion\n1.png,José,happiness\n".encode("cp1252")

    assert by_name(write_muxspace_table(tmp_path / "muxspace", table))["1.png"].identity == "José"


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (TABLE.replace("2.png,0,8", "2.png,0,x"), r'fer2013new\.csv in .*, line 3: happiness is "x";'),
        (TABLE.replace("2.png,0,8", "2.png,0,"), r'line 3: happiness is ""'),
        (TABLE.replace("2.png,0,8", "2.png,0,-1"), r'line 3: happiness is "-1"'),
        (TABLE.replace("2.png,0,8", "2.png,0,nan"), r"line 3: happiness"),
        (TABLE.replace("2.png,0,8", "2.png,0,1e999"), r"line 3: happiness"),
        (TABLE + "Training,2.png,1\n", r'line 4: happiness is ""'),
        (TABLE.replace("happiness", "joy"), r"line 1: there is no column happiness; found Usage, Image name"),
        ("", r"line 1: there is no column .*; found nothing"),
        (TABLE + "Elsewhere,2.png,1\n", r'line 4: Usage is "Elsewhere"; expected Training'),
        (TABLE.replace("2.png", "../../../../etc/passwd"), r'line 3: "[./]*/etc/passwd" lies outside of'),
        (TABLE.replace("2.png", r"..\..\x.png"), r"line 3: .* lies outside of the source"),
        (TABLE + '"' + "x" * 200_000, r"line 4: field larger than field limit"),
        (TABLE + "\0", r"fer2013new\.csv in .* is not a text"),
    ],
    ids=["letter", "empty", "negative", "nan", "infinite", "short", "column", "nothing", "usage", "outside",
         "outside-backslash", "long", "binary"],
)  # fmt: skip
def test_a_table_that_is_wrong_is_a_sentence_with_file_and_line(tmp_path: Path, table: str, sentence: str):
    """Whoever made it can mend it."""
    with pytest.raises(TrainingError, match=sentence):
        list_source(write_ferplus_table(tmp_path / "ferplus", table.encode()))


def test_a_legend_names_no_file_outside(tmp_path: Path):
    """Neither by its path nor by a link that lies in the folder."""
    legend = "image,identity,emotion\n../../secret.png,somebody,happiness\n"
    (tmp_path / "secret.png").write_bytes(FACE)
    with pytest.raises(TrainingError, match=r"legend\.csv in .*, line 2: .* lies outside of the source"):
        list_source(write_muxspace_table(tmp_path / "muxspace", legend.encode()))

    linked = write_muxspace_table(tmp_path / "linked", b"image,identity,emotion\n2.png,somebody,happiness\n")
    (linked / "images" / "2.png").symlink_to(tmp_path / "secret.png")
    listing = list_source(linked)
    assert [sample.problem for sample in listing.samples] == [MISSING]
    assert "images/2.png" in listing.aside


BOX = [1, 2, 30, 40]
REVIEWED = json.dumps({"image": "happy/1.png", "label": "happy", "box": BOX})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[{", r"reviewed_faces\.json in .*, line 1: Expecting"),
        ('[\n{"image": "happy/1.png",\n', r"line 3: "),
        ("{}", r"line 1: there is no list\. Expected image"),
        ("[\n1,\n2]", r"line 2 has 1\. Expected image"),
        ('[\n\n{"label": "happy", "box": [1, 2, 3, 4]}]', r"line 3 has \{.*\}\. Expected image"),
        ('[{"image": 7, "label": "happy", "box": [1, 2, 3, 4]}]', "Expected image"),
        ('[{"image": "happy/1.png", "label": ["happy"], "box": [1, 2, 3, 4]}]', "Expected image"),
        ('[{"image": "happy/1.png", "label": "happy", "box": "1234"}]', "Expected image"),
        ('[{"image": "happy/1.png", "label": "happy", "box": [1, 2, "3", 4]}]', "Expected image"),
        ('[{"image": "happy/1.png", "label": "happy", "box": [1, 2, 0, 4]}]', "Expected image"),
        ('[{"image": "happy/1.png", "label": "happy", "box": [1, 2, NaN, 4]}]', "Expected image"),
        ('[{"image": "happy/1.png", "label": "happy", "box": [1, 2, 1e99, 4]}]', "Expected image"),
        ('[{"image": "../../x", "label": "happy", "box": [1, 2, 3, 4]}]', r'"\.\./\.\./x" lies outside'),
        ("[" * 100_000, "too deep|Expecting"),
        ("[" + "1" * 5_000 + "]", "numbers too long|Expected image"),
        (f"[{REVIEWED},\n{REVIEWED.replace('1, 2', '2, 1')}]",
         r'line 2: "happy/1.png" is named before with another label'),
        ("", r"line 1: Expecting value"),
    ],
)  # fmt: skip
def test_reviewed_faces_that_are_wrong_are_a_sentence_with_file_and_line(
    tmp_path: Path, text: str, sentence: str
):
    """Malformed in any way."""
    write_files(tmp_path, "happy/1.png", "sad/2.png")
    (tmp_path / "reviewed_faces.json").write_text(text)

    with pytest.raises(TrainingError, match=sentence):
        list_source(tmp_path)


def test_reviewed_faces_with_a_byte_order_mark_are_read(tmp_path: Path):
    """As an editor on Windows saves them."""
    write_files(tmp_path, "happy/1.png", "sad/2.png")
    entries = [{"image": "happy/1.png", "label": "sad", "box": BOX}]
    (tmp_path / "reviewed_faces.json").write_text(json.dumps(entries), encoding="utf-8-sig")

    assert by_name(tmp_path)["happy/1.png"].votes[SADNESS] == 1


NOISE = st.text(alphabet='{}[]",:;\n\r\t\0\ud800é 01.-eEnNtrueflshapyTgioUPBm', max_size=60)


@settings(max_examples=150, deadline=None)
@given(before=st.integers(0, 400), noise=NOISE, encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]))
def test_no_table_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, before: int, noise: str, encoding: str
):
    """Whatever is written over a table, it is read, or a sentence says why it is not."""
    folder = tmp_path_factory.mktemp("noise")
    entries = [
        {"image": "happy/1.png", "label": "happy", "box": BOX},
        {"image": "x", "label": "sad", "box": BOX},
    ]
    for text, write in (
        (TABLE, lambda table: write_ferplus_table(folder / "ferplus", table)),
        (
            "image,identity,emotion\n1.png,a,happiness\n",
            lambda table: write_muxspace_table(folder / "mux", table),
        ),
        (json.dumps(entries, indent=1), lambda table: write_reviewed(folder / "photos", table)),
    ):
        changed = text[:before] + noise + text[before + len(noise) :]
        try:
            samples = list_source(write(changed.encode(encoding, "replace"))).samples
        except TrainingError as error:
            assert str(error).isprintable()  # noqa: PT017
        else:
            assert all(sample.key.encode() for sample in samples)


def write_reviewed(folder: Path, table: bytes) -> Path:
    write_files(folder, "happy/1.png")
    (folder / "reviewed_faces.json").write_bytes(table)
    return folder


def test_what_a_table_names_and_is_not_there_is_told(tmp_path: Path):
    """In the manifest with the reason, and in the summary; so is a label that nobody knows."""
    legend = b"image,identity,emotion\n1.png,a,happiness\n1.png,a,boredom\nnone.png,a,happiness\n"
    listing = list_source(write_muxspace_table(tmp_path / "muxspace", legend))

    prepare(listing.samples, tmp_path / "out", seed=0)

    with (tmp_path / "out" / "manifest.csv").open(newline="", encoding="utf-8") as file:
        told = [(row["key"], row["dropped"]) for row in csv.DictReader(file)]
    assert told == [
        ("muxspace/1.png", ""),
        ("muxspace/1.png", "unknown emotion"),
        ("muxspace/none.png", MISSING),
    ]
    assert listing.describe().endswith("named in a table and missing 1.")
    assert [sample.name for sample in read_source(tmp_path / "muxspace")] == ["1.png"]


def test_a_reviewed_photo_that_is_missing_is_told(tmp_path: Path):
    """And keeps nobody from seeing that all photos that are there are reviewed."""
    write_files(tmp_path, "happy/1.png", "sad/2.png")
    names = ("happy/1.png", "sad/2.png", "sad/gone.png", "sad/\ud800.png")
    entries = [{"image": name, "label": "sad", "box": BOX} for name in names]
    (tmp_path / "reviewed_faces.json").write_text(json.dumps(entries))

    samples = by_name(tmp_path)

    assert {name for name, sample in samples.items() if sample.problem == MISSING} == {
        "sad/gone.png", "sad/\\ud800.png",
    }  # fmt: skip
    assert {sample.split for sample in samples.values()} == {None}


def test_train_and_test_folders_are_both_read_and_keep_their_split(tmp_path: Path):
    """Where there is no validation/, it is taken out of train/."""
    names = [
        f"set/{split}/{mood}/{n}.png"
        for split in ("train", "Test")
        for mood in ("happy", "Sad")
        for n in "12"
    ]
    write_files(tmp_path, *names)

    samples = by_name(tmp_path)
    assert set(samples) == {name.removeprefix("set/") for name in names}
    assert {name.split("/")[0]: sample.split for name, sample in samples.items()} == {
        "train": None,
        "Test": "test",
    }

    write_files(tmp_path, "set/val/happy/1.png")
    splits = {name.split("/")[0]: sample.split for name, sample in by_name(tmp_path).items()}
    assert splits == {"train": "train", "Test": "test", "val": "validation"}


def test_every_file_of_a_labelled_folder_is_looked_at(tmp_path: Path):
    """In sub-folders, of whatever ending or none; what is no picture is in the manifest with the reason."""
    photo = np.asarray(astronaut())
    for number, name in enumerate(("happy/a.jfif", "happy/trip/b", "sad/2024/may/c.JPG", "neutral/d.txt")):
        write_files(tmp_path / "mine", name, content=encode_jpeg(np.roll(photo, 8 * number, axis=1)))
    write_files(tmp_path / "mine", "happy/notes.txt", "README.md", content=b"not a picture")
    write_files(tmp_path / "mine", "happy/.DS_Store", "sad/Thumbs.db", "__MACOSX/happy/._a.jfif")

    listing = list_source(tmp_path / "mine")
    prepare(listing.samples, tmp_path / "out", seed=0)

    told = read_manifest(tmp_path / "out")
    assert set(told) == {
        "mine/happy/a.jfif", "mine/happy/trip/b", "mine/sad/2024/may/c.JPG", "mine/neutral/d.txt",
        "mine/happy/notes.txt",
    }  # fmt: skip
    assert told["mine/happy/notes.txt"] == "unreadable: not_an_image"
    assert not {reason for reason in told.values() if reason.startswith("unreadable")} - {
        "unreadable: not_an_image"
    }
    assert listing.aside == ["README.md"]
    assert (
        listing.describe() == "mine: files 6, with a label 5, tables of labels 0, left aside 1 (README.md)."
    )


def test_one_class_alone_is_told_at_prepare(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Not only an hour later, when training begins."""
    write_files(tmp_path / "mine", "happy/1.jpg", content=encode_jpeg(np.asarray(astronaut())))

    assert main(["prepare", str(tmp_path / "mine"), "--out", str(tmp_path / "out")]) == 0

    told = " ".join(capsys.readouterr().out.split())
    assert "Nothing can be trained from this set alone: no sad face in train" in told


def test_names_of_other_encodings_are_written_so_that_they_can_be_read_again(tmp_path: Path):
    """On disk they are bytes; the manifest is UTF-8."""
    if sys.platform == "darwin":
        pytest.skip("macOS has no such names")
    folder = os.fsencode(tmp_path) + b"/photos\xe4"
    os.makedirs(folder + b"/happy")  # noqa: PTH103 - no text
    for name in (b"gr\xfc\xdfe.jpg", "grüße.jpg".encode()):
        with open(folder + b"/happy/" + name, "wb") as file:  # noqa: PTH123
            file.write(encode_jpeg(np.asarray(astronaut())))
    source = tmp_path / os.fsdecode(b"photos\xe4")

    prepare(list_source(source).samples, tmp_path / "out", seed=0)

    assert set(read_manifest(tmp_path / "out")) == {
        r"photos\udce4/happy/gr\udcfc\udcdfe.jpg", r"photos\udce4/happy/grüße.jpg",
    }  # fmt: skip


def pack(path: Path, *names: str, method: int = zipfile.ZIP_DEFLATED, content: bytes = FACE) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name in names:
            archive.writestr(name, content)
    return path


def patch(path: Path, before: bytes, after: bytes) -> Path:
    path.write_bytes(path.read_bytes().replace(before, after))
    return path


def test_archives_of_windows_are_read(tmp_path: Path):
    """Whose names have backslashes."""
    archive = pack(tmp_path / "mine.zip", r"photos\happy\1.png", r"photos\sad\trip\2.png")

    assert set(by_name(archive)) == {"happy/1.png", "sad/trip/2.png"}
    assert by_name(archive)["happy/1.png"].read_bytes() == FACE


def test_names_in_utf_8_that_do_not_say_so_are_read_as_utf_8(tmp_path: Path):
    """As many programs pack them."""
    archive = pack(tmp_path / "mine.zip", "happy/gr____e.png")
    patch(archive, b"gr____e", "grüße".encode())

    assert set(by_name(archive)) == {"happy/grüße.png"}
    assert by_name(archive)["happy/grüße.png"].read_bytes() == FACE


def test_an_archive_whose_names_are_not_what_they_say_is_a_sentence(tmp_path: Path):
    """Said to be UTF-8, and not."""
    archive = patch(pack(tmp_path / "mine.zip", "happy/grüße.png"), "grüße".encode(), b"gr\xff\xff\xff\xffe")

    with pytest.raises(TrainingError, match=r"mine\.zip names a file in what is not UTF-8"):
        list_source(archive)


def set_flag(path: Path, flag: int) -> Path:
    """Set a flag of every entry, in front of it and in the directory at the end."""
    content = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(mark)
        while start >= 0:
            content[start + at] |= flag
            start = content.find(mark, start + 4)
    path.write_bytes(content)
    return path


def test_an_encrypted_archive_is_a_sentence(tmp_path: Path):
    """That says what to do; a single file of it is left out with the reason."""
    encrypted = set_flag(pack(tmp_path / "mine.zip", "happy/1.png", "sad/2.png"), 1)
    with pytest.raises(TrainingError, match=r"mine\.zip is encrypted\. Unpack it with its password"):
        list_source(encrypted)

    with zipfile.ZipFile(encrypted, "a") as archive:
        archive.writestr("sad/3.jpg", encode_jpeg(np.asarray(astronaut())))
    prepare(list_source(encrypted).samples, tmp_path / "out", seed=0)
    assert read_manifest(tmp_path / "out") == {
        "mine/happy/1.png": "unreadable: encrypted", "mine/sad/2.png": "unreadable: encrypted",
        "mine/sad/3.jpg": "",
    }  # fmt: skip


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.97])
def test_an_archive_that_is_cut_off_is_a_sentence(tmp_path: Path, kept: float):
    """As a download that broke off leaves it."""
    archive = pack(tmp_path / "mine.zip", "happy/1.png", "sad/2.png")
    content = archive.read_bytes()
    archive.write_bytes(content[: int(kept * len(content))])

    with pytest.raises(TrainingError, match=r"neither a folder nor a zip file|is damaged"):
        list_source(archive)


def test_files_that_an_archive_holds_damaged_or_packed_otherwise_are_left_out(tmp_path: Path):
    """With the reason, whatever else there is."""
    archive = tmp_path / "mine.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("happy/damaged.png", b"DAMAGED" + FACE)
        file.writestr("happy/bzip2.png", FACE, zipfile.ZIP_BZIP2)
        file.writestr("happy/1.jpg", encode_jpeg(np.asarray(astronaut())))
        file.writestr("../../happy/outside.png", FACE)
    patch(archive, b"DAMAGED", b"changed")

    listing = list_source(archive)
    prepare(listing.samples, tmp_path / "out", seed=0)

    assert read_manifest(tmp_path / "out") == {
        "mine/happy/1.jpg": "", "mine/happy/bzip2.png": "unreadable: packed_otherwise",
        "mine/happy/damaged.png": "unreadable: damaged",
    }  # fmt: skip
    assert listing.aside == ["../../happy/outside.png"]


@pytest.mark.parametrize("name", ["happy/1.png", "happy/lies.png", "fer2013new.csv", "reviewed_faces.json"])
def test_no_more_is_read_than_a_file_may_be_large(tmp_path: Path, name: str):
    """A small archive that unpacks to 200 MB, whether it says so or lies about it, takes no memory for it."""
    archive = tmp_path / "mine.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, bytes(200_000_000))
        file.writestr("sad/2.png", FACE)
    if "lies" in name:
        patch(archive, struct.pack("<L", 200_000_000), struct.pack("<L", 1_000))
    assert archive.stat().st_size < 300_000

    tracemalloc.start()
    try:
        if name.startswith("happy/"):
            prepare(list_source(archive).samples, tmp_path / "out", seed=0)
            reason = "damaged" if "lies" in name else "too_many_bytes"
            assert read_manifest(tmp_path / "out")[f"mine/{name}"] == f"unreadable: {reason}"
        else:
            with pytest.raises(TrainingError, match="larger than 10 MB"):
                list_source(archive)
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def test_a_folder_is_not_left_through_links(tmp_path: Path):
    """Nor does a pipe keep anybody waiting, nor a link that leads in circles."""
    outside = write_files(tmp_path / "outside", "1.png")
    mine = write_files(tmp_path / "mine", "happy/1.png")
    (mine / "happy" / "inside.png").symlink_to(mine / "happy" / "1.png")
    (mine / "happy" / "outside.png").symlink_to(outside / "1.png")
    (mine / "happy" / "circle").symlink_to(mine)
    (mine / "happy" / "self").symlink_to(mine / "happy" / "self")
    (mine / "sad").symlink_to(outside)
    os.mkfifo(mine / "happy" / "pipe.png")

    listing = list_source(mine)

    assert {sample.name for sample in listing.samples} == {"happy/1.png", "happy/inside.png"}
    assert sorted(listing.aside) == [
        "happy/circle", "happy/outside.png", "happy/pipe.png", "happy/self", "sad",
    ]  # fmt: skip
