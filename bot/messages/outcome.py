"""What came of one photo: the faces that were found, or the problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.messages.problems import Problem
    from classifier.types import Prediction


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo: seen, or a problem. Exactly one of both is set.

    Attributes:
        prediction: What was seen.
        problem: Why nothing was.
        picture: The numbered picture as JPEG; None when there is no face or it was not wanted.
        heat_map: Where the model looked, as JPEG; None unless it was asked for.
        is_cover: Whether a video's cover picture was judged.
        crop: The face that was asked for, as PNG.
        model_name: Which model judged.
        model_version: Of that model.
    """

    prediction: Prediction | None = None
    problem: Problem | None = None
    picture: bytes | None = None
    heat_map: bytes | None = None
    is_cover: bool = False
    crop: bytes | None = None
    model_name: str = ""
    model_version: str = ""
