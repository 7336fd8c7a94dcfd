"""The outcome for one photo or clip: the faces that were found, or the problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.messages.problems import Problem
    from classifier.types import Clip, Prediction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo or clip: seen, or a problem. Exactly one of both is set.

    Attributes:
        prediction: What was seen.
        problem: Why nothing was.
        picture: The numbered picture, or the clip's, as JPEG; None without a face, or when it was not wanted.
        heat_map: Where the model looked, as JPEG; None unless it was asked for.
        is_cover: Whether a video's cover picture was classified.
        clip: Set if a clip was watched: then `prediction` has one face a look.
        crop: The face that was asked for, as PNG.
        model_name: Which model classified.
        model_version: Of that model.
    """

    prediction: Prediction | None = None
    problem: Problem | None = None
    picture: bytes | None = None
    heat_map: bytes | None = None
    is_cover: bool = False
    clip: Clip | None = None
    crop: bytes | None = None
    model_name: str = ""
    model_version: str = ""
