"""Every model in models/ can be used as it lies there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from classifier_pictures import encode

from classifier.model_info import FILE_NAME
from classifier.predictor import Classifier

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODELS = sorted(
    path.parent
    for path in (Path(__file__).resolve().parents[2] / "models").glob(f"[!.]*/{FILE_NAME}")
    if path.parent.suffix != ".previous"  # what `promote` replaced, kept to go back to
)


@pytest.mark.skipif(not MODELS, reason="models/ is empty")
@pytest.mark.parametrize("model_dir", MODELS, ids=lambda path: path.name)
def test_a_shipped_model_sees_the_astronaut_smile(model_dir: Path, astronaut: NDArray[np.uint8]) -> None:
    """In color, in grey, and mirrored."""
    classifier = Classifier.load(model_dir)
    assert classifier.info.name == model_dir.name
    grey = cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)
    for photo in (astronaut, grey, np.ascontiguousarray(astronaut[:, ::-1])):
        (face,) = classifier.predict(encode(photo, quality=95)).faces
        assert (face.emotion, face.sure) == ("happy", True)
