"""Sealed faces: what one key sealed, only that key opens, unchanged."""

from __future__ import annotations

import dataclasses
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from classifier.kept_faces import (
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
    assert open_face(seal_face(FACE, KEY), KEY) == FACE


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
        open_face(seal_face(FACE, KEY), load_key(create_key()))


@pytest.mark.parametrize("position", [1, 5, 20, 60, -1])
def test_a_changed_byte_is_noticed(position: int):
    """Nonce, header, crop and tag are all authenticated."""
    sealed = bytearray(seal_face(FACE, KEY))
    sealed[position] ^= 1

    with pytest.raises(SealedFaceError):
        open_face(bytes(sealed), KEY)


@pytest.mark.parametrize(("version", "said"), [(0, "version 0"), (1, "does not open"), (3, "version 3")])
def test_the_format_byte_is_authenticated(version: int, said: str):
    """A file relabelled as another format does not open, whether this program reads that format or not."""
    with pytest.raises(SealedFaceError, match=said):
        open_face(bytes([version]) + seal_face(FACE, KEY)[1:], KEY)


def test_a_face_from_before_tilt_and_size_were_written_down_opens():
    """Sealed as version 1, whose header has neither: nothing is made up for them."""
    old = dataclasses.replace(FACE, tilt=None, face_pixels=None)
    fields = dataclasses.asdict(old)
    header = json.dumps({name: fields[name] for name in fields.keys() - {"crop_png", "tilt", "face_pixels"}})
    payload = len(header).to_bytes(4, "big") + header.encode() + old.crop_png
    version, nonce = b"\x01", b"n" * 12

    sealed = version + nonce + AESGCM(KEY.sealing).encrypt(nonce, payload, version)

    assert open_face(sealed, KEY) == old


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
        open_face(seal_face(FACE, KEY)[:length], KEY)


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
