"""Sealed faces: what one key sealed, only that key opens, unchanged."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from classifier.face_encryption import (
    FaceKeyError,
    KeptFace,
    SealedFaceError,
    contributor_of,
    create_id,
    create_key,
    load_key,
    measure_tilt,
    open_face,
    seal_face,
)
from classifier.types import Keypoints, Point

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = load_key(create_key())
FACE = KeptFace(
    id=create_id(),
    crop_png=b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    label="sad",
    answer="happy",
    probability_happy=0.75,
    evidence=0.5,
    model_name="happy-sad-net",
    model_version="1.0.0",
    consent_version="1",
    created="2026-11-22",
    contributor=contributor_of(42, KEY),
    tilt=-12.5,
    face_pixels=80,
)


def test_what_was_sealed_opens_unchanged():
    """Every field and every byte of the crop come back."""
    assert open_face(seal_face(FACE, KEY), KEY, FACE.id, FACE.contributor) == FACE


def test_a_sealed_face_shows_nothing():
    """Neither the crop nor a word of the header can be read, and two seals of one face differ."""
    sealed = seal_face(FACE, KEY)

    assert b"PNG" not in sealed
    assert b"sad" not in sealed
    assert FACE.contributor.encode() not in sealed
    assert sealed != seal_face(FACE, KEY)


def test_another_key_does_not_open_it():
    """A file without its key is worthless, and the sentence says that the key may be the reason."""
    with pytest.raises(SealedFaceError, match="another key"):
        open_face(seal_face(FACE, KEY), load_key(create_key()), FACE.id)


@pytest.mark.parametrize("position", [1, 5, 14, 20, 60, -1])
def test_a_changed_byte_is_noticed(position: int):
    """Nonce, owner, header, crop and tag are all authenticated."""
    sealed = bytearray(seal_face(FACE, KEY))
    sealed[position] ^= 1

    with pytest.raises(SealedFaceError):
        open_face(bytes(sealed), KEY, FACE.id)


@pytest.mark.parametrize(
    ("version", "said"), [(0, "version 0"), (1, "does not open"), (2, "does not open"), (4, "version 4")]
)
def test_the_format_byte_is_authenticated(version: int, said: str):
    """A file relabelled as another format does not open, whether this program reads that format or not."""
    with pytest.raises(SealedFaceError, match=said):
        open_face(bytes([version]) + seal_face(FACE, KEY)[1:], KEY, FACE.id)


def seal_as_before(face: KeptFace, version: bytes, without: frozenset[str] = frozenset()) -> bytes:
    """Seal a face as programs did that bound it to nothing but the format's version."""
    fields = dataclasses.asdict(face)
    header = json.dumps({name: fields[name] for name in fields.keys() - {"crop_png"} - without})
    payload = len(header).to_bytes(4, "big") + header.encode() + face.crop_png
    nonce = b"n" * 12
    return version + nonce + AESGCM(KEY.sealing).encrypt(nonce, payload, version)


def test_a_face_from_before_tilt_and_size_were_written_down_opens():
    """Sealed as version 1, whose header has neither: nothing is made up for them."""
    old = dataclasses.replace(FACE, tilt=None, face_pixels=None)

    sealed = seal_as_before(old, b"\x01", frozenset({"tilt", "face_pixels"}))

    assert open_face(sealed, KEY, FACE.id) == old


OTHER = dataclasses.replace(FACE, id=create_id(), contributor=contributor_of(43, KEY))


@pytest.mark.parametrize(
    "seal", [lambda face: seal_face(face, KEY), lambda face: seal_as_before(face, b"\x02")]
)
def test_two_faces_that_were_exchanged_are_refused(seal: Callable[[KeptFace], bytes]):
    """Whoever has no key can give a file another's name, or a row another's number; older ones, too."""
    mine, theirs = seal(FACE), seal(OTHER)

    assert open_face(mine, KEY, FACE.id, FACE.contributor) == FACE
    for sealed, face_id, contributor in (
        (theirs, FACE.id, FACE.contributor),  # the files were exchanged
        (theirs, FACE.id, None),  # training does not know who gave it
        (theirs, OTHER.id, FACE.contributor),  # the rows were
        (theirs, "../../other", None),
    ):
        with pytest.raises(SealedFaceError, match=r"another's|name"):
            open_face(sealed, KEY, face_id, contributor)


def test_an_exchanged_face_is_not_even_decrypted():
    """Id and giver are part of what the cipher authenticates, whatever digest of both the file says."""
    mine, theirs = seal_face(FACE, KEY), seal_face(OTHER, KEY)
    grafted = theirs[:13] + mine[13:29] + theirs[29:]
    for sealed in (theirs, grafted):
        with pytest.raises(SealedFaceError, match="does not open"):
            open_face(sealed, KEY, FACE.id, FACE.contributor)


def test_two_files_of_one_person_have_nothing_in_common():
    """Without the key nobody can tell whose they are, or that they are one person's."""
    another = dataclasses.replace(FACE, id=create_id())
    mine, theirs = seal_face(FACE, KEY), seal_face(another, KEY)

    assert mine[0] == theirs[0]
    assert not {mine[n : n + 8] for n in range(1, 60)} & {theirs[n : n + 8] for n in range(1, 60)}


@pytest.mark.parametrize(
    ("right_eye", "degrees"), [((30, 10), 0), ((10, 30), 90), ((-10, 10), 180), ((30, -10), -45)]
)
def test_tilt_is_told_from_the_eyes(right_eye: tuple[int, int], degrees: float):
    """Clockwise in the photo, where y points down."""
    point = Point(10, 10)
    keypoints = Keypoints(point, Point(*right_eye), point, point, point, point)

    assert measure_tilt(keypoints) == pytest.approx(degrees)


@pytest.mark.parametrize("length", [0, 1, 12, 28, 100])
def test_a_file_that_ends_early_is_refused(length: int):
    """What a full disk left is an error with a sentence, whatever its length."""
    with pytest.raises(SealedFaceError):
        open_face(seal_face(FACE, KEY)[:length], KEY, FACE.id)


@pytest.mark.parametrize(
    "text",
    ["", "short", "A" * 43 + "=", create_key()[:-2], create_key() + "AAAA", "ü" * 44, "*" * 44],
    ids=["empty", "short", "all-zeros", "cut", "long", "not-ascii", "not-base64"],
)
def test_what_is_no_key_is_refused_without_being_repeated(text: str):
    """The sentence says what is expected and never shows what was given."""
    with pytest.raises(FaceKeyError, match="32 random bytes") as caught:
        load_key(text)
    assert not text or text not in str(caught.value)


def test_a_key_is_not_shown():
    """Neither repr nor str of a key, nor those of a face, give away what must not be seen."""
    assert repr(KEY) == "FaceKey()"
    assert "PNG" not in repr(FACE)


def test_contributors_are_told_apart_but_not_named():
    """One person is one contributor under one key; another key gives other digits."""
    assert contributor_of(42, KEY) == FACE.contributor
    assert contributor_of(43, KEY) != FACE.contributor
    assert contributor_of(42, load_key(create_key())) != FACE.contributor


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../etc/passwd"},
        {"label": "angry"},
        {"answer": "neither"},
        {"probability_happy": 1.5},
        {"evidence": float("nan")},
        {"crop_png": b"\xff\xd8\xff"},
        {"created": "yesterday"},
        {"contributor": "42"},
        {"tilt": 181.0},
        {"tilt": float("nan")},
        {"face_pixels": -3},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_face_that_no_bot_would_write_cannot_be_made(change: dict[str, object]):
    """File names and labels come from these values: they are checked on the way in and on the way out."""
    with pytest.raises(ValueError, match=r"id|label|0\.\.1|PNG|iso|tilt"):
        dataclasses.replace(FACE, **change)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_model_may_be_as_sure_as_can_be(share: float):
    """Its answer lies in 0..1 with both ends, and comes back as it was."""
    sure = dataclasses.replace(FACE, probability_happy=share, evidence=share)
    assert open_face(seal_face(sure, KEY), KEY, sure.id, sure.contributor) == sure
