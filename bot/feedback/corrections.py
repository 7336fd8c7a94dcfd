"""Keeping a face that its owner gives: sealed, for a time, and only where the host has switched it on."""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any

from bot.config.parsers import parse_bot_id
from bot.feedback.correction_store import Correction, CorrectionStore, FaceChanges, today_in_utc
from classifier.types import find_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from bot.config.settings import Settings
    from bot.messages.outcome import Outcome
    from classifier.face_encryption import FaceKey
    from classifier.types import KeptLabel

CONSENT_VERSION = "3"
"""Of the question's wording in locales/: goes up when what is agreed to changes."""
FOLDER_NAME = "corrections"
MAXIMUM_PER_PERSON = 200
"""More of one person's faces teach nothing new, and /mydata could not send them."""


class Corrections:
    """The faces that people gave. Every method may raise `StorageError`.

    Faces that were kept before the host switched it off can still be listed and deleted, and expire.

    Args:
        store: Where they are.
        key: What seals and opens them; None where the host has given none.
        days: After so many each is deleted.
        are_kept: Whether people are asked for their faces at all; takes a key.
        today: Gives the day in UTC.

    Attributes:
        store: Where kept faces are.
        days: After so many each is deleted.
        are_kept: Whether people are asked for their faces: the host wants it, and has given a key.
    """

    def __init__(
        self,
        store: CorrectionStore,
        key: FaceKey | None,
        days: int,
        *,
        are_kept: bool,
        today: Callable[[], dt.date] = today_in_utc,
    ) -> None:
        self.store = store
        self._key = key
        self._today = today
        self.days = days
        self.are_kept = are_kept and key is not None

    async def may_give(self, user_id: int) -> bool:
        """Whether somebody may give one more."""
        return self.are_kept and await self.store.count_of(user_id) < MAXIMUM_PER_PERSON

    async def keep(
        self, user_id: int, message_id: int, outcome: Outcome, number: int, label: KeptLabel, generation: int
    ) -> Correction | None:
        """Seal and keep a face of a photo that has just been classified.

        Args:
            user_id: Who gives it.
            message_id: Of the question that they answered with yes.
            outcome: With the crop of the face.
            number: Of the face, from 1.
            label: What they say it is.
            generation: What the store's `begin` gave, before the photo was fetched.

        Returns:
            What was kept; None when it was not, because its owner asked to be forgotten meanwhile.
        """
        if self._key is None or outcome.crop is None or outcome.prediction is None:
            return None
        face, today = outcome.prediction.faces[number - 1], self._today()
        from classifier import face_encryption  # noqa: PLC0415 - slow to load, and of no use without a key

        kept = face_encryption.KeptFace(
            id=face_encryption.create_id(),
            crop_png=outcome.crop,
            label=label,
            answer=find_answer(face),
            probability_happy=face.probability_happy,
            evidence=min(1.0, max(0.0, face.evidence)),
            model_name=outcome.model_name,
            model_version=outcome.model_version,
            consent_version=CONSENT_VERSION,
            created=today.isoformat(),
            contributor=face_encryption.contributor_of(user_id, self._key),
            tilt=round(face_encryption.measure_tilt(face.keypoints), 1),
            face_pixels=max(1, min(face.box.width, face.box.height)),
        )
        expires = (today + dt.timedelta(days=self.days)).isoformat()
        correction = Correction(kept.id, user_id, message_id, label, kept.created, expires)
        sealed = face_encryption.seal_face(kept, self._key)
        is_kept = await self.store.keep(correction, sealed, generation)
        return correction if is_kept else None

    async def describe(self, user_id: int) -> list[dict[str, Any]]:
        """List all that somebody gave, with the faces themselves, ready to be written as JSON."""
        return [await self._describe(correction) for correction in await self.store.list_of(user_id)]

    async def _describe(self, correction: Correction) -> dict[str, Any]:
        known = {"created": correction.created, "expires": correction.expires, "label": correction.label}
        sealed = await self.store.read(correction)
        if sealed is None or self._key is None:
            return known
        from classifier import face_encryption  # noqa: PLC0415 - as above

        giver = face_encryption.contributor_of(correction.user_id, self._key)
        try:
            face = face_encryption.open_face(sealed, self._key, correction.id, giver)
        except face_encryption.SealedFaceError as error:
            return {**known, "face": str(error)}
        return {
            **known,
            "answer": face.answer,
            "probability_happy": face.probability_happy,
            "model": f"{face.model_name} {face.model_version}",
            "tilt_in_degrees": face.tilt,
            "face_size_in_pixels": face.face_pixels,
            "consent_version": face.consent_version,
            "face_as_base64_png": base64.b64encode(face.crop_png).decode("ascii"),
        }


def _build_store(engine: AsyncEngine, settings: Settings, changes: FaceChanges) -> CorrectionStore:
    folder, bot_id = settings.data_dir / FOLDER_NAME, parse_bot_id(settings.bot_token)
    if not settings.database_url:
        return CorrectionStore(engine, folder, bot_id=bot_id, changes=changes)
    from bot.feedback.postgres_correction_store import SharedCorrectionStore  # noqa: PLC0415 - SQLite needs none

    return SharedCorrectionStore(engine, folder, bot_id=bot_id)


def build_corrections(engine: AsyncEngine, settings: Settings, changes: FaceChanges) -> Corrections:
    """Build the store, and the key if there is one; `changes` are those of all bots of this process."""
    store = _build_store(engine, settings, changes)
    key = None
    if settings.corrections_key:
        # Slow to load, and of no use without a key.
        from classifier.face_encryption import load_key  # noqa: PLC0415

        key = load_key(settings.corrections_key)
    are_kept = settings.keep_corrections == "on"
    return Corrections(store, key, settings.corrections_days, are_kept=are_kept)
