"""A face that a person gave to improve the model: one sealed file, written by the bot, opened by training."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
import re
import secrets
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from classifier.types import ClassifierError, KeptAnswer, KeptLabel

if TYPE_CHECKING:
    from classifier.types import Keypoints

FORMAT_VERSION = 3
"""The first byte of a file. Older ones are read, too: version 1 holds no `tilt` and `face_pixels`, and whose
face it is, is not bound to 1 and 2, but compared after they are opened."""
FILE_SUFFIX = ".face"
LABELS: tuple[KeptLabel, ...] = get_args(KeptLabel)
ANSWERS: tuple[KeptAnswer, ...] = get_args(KeptAnswer)

_KEY_BYTES, _NONCE_BYTES, _LENGTH_BYTES, _TAG_BYTES = 32, 12, 4, 16
_OWNER_BYTES = 16
_FIRST_WITH_OWNER = 3
_HALF_TURN = 180
_OLDEST_FORMAT = 1
_PNG = b"\x89PNG\r\n\x1a\n"
_ID = re.compile(r"[0-9a-f]{32}")
_CONTRIBUTOR = re.compile(r"[0-9a-f]{16}")


class SealedFaceError(ClassifierError):
    """A sealed face cannot be opened: the wrong key, a damaged file, or one of an unknown format."""

    kind = "sealed_face"


class FaceKeyError(ClassifierError):
    """The text given as the key is none."""

    kind = "face_key"


@dataclass(frozen=True, slots=True)
class FaceKey:
    """What seals and opens faces. Its repr is masked, so that printing it shows nothing.

    Attributes:
        sealing: For the cipher.
        naming: For telling contributors apart; derived apart, so that neither says anything of the other.
    """

    sealing: bytes = field(repr=False)
    naming: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeptFace:
    """A face with what its owner, and what the model, said of it.

    Attributes:
        id: 32 hexadecimal digits, random.
        crop_png: The 256 x 256 RGB crop as the model saw it, encoded anew: it holds no metadata.
        label: What the person says the expression is.
        answer: What the model said.
        probability_happy: Calibrated, in 0..1.
        evidence: How much the expression is happy-or-sad at all, in 0..1.
        model_name: Which model answered.
        model_version: Of that model.
        consent_version: Which wording of the question was agreed to.
        created: The day, in UTC, as an ISO date.
        contributor: 16 hexadecimal digits that tell people apart without saying who they are.
        tilt: Of the face in the photo, in degrees clockwise, -180..180; None where it was not written down.
        face_pixels: Shorter side of the face in the photo; None where it is not known.
    """

    id: str
    crop_png: bytes = field(repr=False)
    label: KeptLabel
    answer: KeptAnswer
    probability_happy: float
    evidence: float
    model_name: str
    model_version: str
    consent_version: str
    created: str
    contributor: str
    tilt: float | None = None
    face_pixels: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no bot would have written; a file name and a training label are made from it.

        Raises:
            ValueError: A value is out of range.
        """
        if not _ID.fullmatch(self.id) or not _CONTRIBUTOR.fullmatch(self.contributor):
            raise ValueError("id and contributor are 32 and 16 hexadecimal digits")
        if self.label not in LABELS or self.answer not in ANSWERS:
            raise ValueError(f"label is one of {LABELS}, answer one of {ANSWERS}")
        if not (0 <= self.probability_happy <= 1 and 0 <= self.evidence <= 1):
            raise ValueError("probability_happy and evidence are in 0..1")
        if not abs(self.tilt or 0) <= _HALF_TURN or (self.face_pixels or 1) < 1:
            raise ValueError("tilt is in -180..180 degrees, face_pixels at least 1; or not known")
        if not self.crop_png.startswith(_PNG):
            raise ValueError("crop_png is not a PNG")
        date.fromisoformat(self.created)

    @property
    def file_name(self) -> str:
        """Name the file that holds it, sealed."""
        return f"{self.id}{FILE_SUFFIX}"


def create_key() -> str:
    """Make a new key, as the text that `load_key` reads."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode("ascii")


def load_key(text: str) -> FaceKey:
    """Read a key: 32 random bytes in URL-safe base64.

    Raises:
        FaceKeyError: It is no such text. The sentence does not repeat it.
    """
    expected = f"expected {_KEY_BYTES} random bytes in URL-safe base64, 44 characters ending in ="
    try:
        raw = base64.b64decode(text.strip().encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise FaceKeyError(expected) from None
    if len(raw) != _KEY_BYTES or len(set(raw)) < _KEY_BYTES // 4:
        raise FaceKeyError(expected)
    return FaceKey(sealing=_derive(raw, b"seal faces"), naming=_derive(raw, b"tell contributors apart"))


def create_id() -> str:
    """Make the random id of a new face."""
    return secrets.token_hex(16)


def contributor_of(user_id: int, key: FaceKey) -> str:
    """Tell people apart without naming them: nobody without the key can find out whose digits these are."""
    return hmac.new(key.naming, str(user_id).encode("ascii"), hashlib.sha256).hexdigest()[:16]


def measure_tilt(keypoints: Keypoints) -> float:
    """Return by how many degrees, clockwise, a face is turned in its photo: 180 is upside down."""
    left, right = keypoints.left_eye, keypoints.right_eye
    return math.degrees(math.atan2(right.y - left.y, right.x - left.x))


def seal_face(face: KeptFace, key: FaceKey) -> bytes:
    """Encrypt a face for the disk with AES-256-GCM, which also notices any change to it.

    What is sealed is bound to its id and its giver: under another's name it does not open.

        1 byte     format version
        12 bytes   nonce
        16 bytes   owner: a digest of id and contributor, under the key; no two files have the same
        the rest   the encrypted face, with version, id and owner as associated data
    """
    header = asdict(face)
    header.pop("crop_png")
    encoded = json.dumps(header).encode("ascii")
    payload = len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded + face.crop_png
    version, nonce = bytes([FORMAT_VERSION]), secrets.token_bytes(_NONCE_BYTES)
    owner = _digest_owner(face.id, face.contributor, key)
    bound = version + bytes.fromhex(face.id) + owner
    return version + nonce + owner + AESGCM(key.sealing).encrypt(nonce, payload, bound)


def open_face(sealed: bytes, key: FaceKey, face_id: str, contributor: str | None = None) -> KeptFace:
    """Decrypt what `seal_face` made.

    Args:
        sealed: The whole file.
        key: That sealed it.
        face_id: The id under which it is kept: of its file, or its row.
        contributor: Who gave it, as `contributor_of` tells; None takes anybody's.

    Raises:
        SealedFaceError: Another key made it, it was changed, cut off or put in another's place, or its format
            is not known.
    """
    version, nonce, rest = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if len(rest) < _OWNER_BYTES + _TAG_BYTES:
        raise SealedFaceError("The sealed face is cut off. Restore the file or leave it out.")
    if not _OLDEST_FORMAT <= version[0] <= FORMAT_VERSION:
        raise SealedFaceError(
            f"The sealed face has format version {version[0]}; this program reads {_OLDEST_FORMAT} to "
            f"{FORMAT_VERSION}. Use a program made for it."
        )
    if not _ID.fullmatch(face_id):
        raise SealedFaceError("The sealed face has a name that no bot gave it. Restore the file's name.")
    bound = version
    if version[0] >= _FIRST_WITH_OWNER:
        owner, rest = rest[:_OWNER_BYTES], rest[_OWNER_BYTES:]
        if contributor is not None:
            owner = _digest_owner(face_id, contributor, key)  # whatever the file says
        bound += bytes.fromhex(face_id) + owner
    try:
        payload = AESGCM(key.sealing).decrypt(nonce, rest, bound)
    except InvalidTag as error:
        raise SealedFaceError(
            "The sealed face does not open: another key sealed it, the file is damaged, or it is another's."
        ) from error
    face = _read_payload(payload)
    if face.id != face_id or contributor not in {None, face.contributor}:
        raise SealedFaceError("The sealed face is another's. Restore the file or leave it out.")
    return face


def _read_payload(payload: bytes) -> KeptFace:
    """Take apart what was sealed."""
    length = int.from_bytes(payload[:_LENGTH_BYTES], "big")
    encoded, crop_png = payload[_LENGTH_BYTES : _LENGTH_BYTES + length], payload[_LENGTH_BYTES + length :]
    try:
        header: dict[str, Any] = json.loads(encoded)
        return KeptFace(crop_png=crop_png, **header)
    except (ValueError, TypeError, AttributeError) as error:
        raise SealedFaceError(
            f"The sealed face holds what is not understood ({error}). Leave it out."
        ) from error


def _digest_owner(face_id: str, contributor: str, key: FaceKey) -> bytes:
    """Say whose face it is, to nobody without the key."""
    owner = f"owner {face_id} {contributor}".encode("ascii")
    return hmac.new(key.naming, owner, hashlib.sha256).digest()[:_OWNER_BYTES]


def _derive(raw: bytes, purpose: bytes) -> bytes:
    return hmac.new(raw, purpose, hashlib.sha256).digest()
