"""How the classifier's workers are run."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classifier.types import ImageLimits

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PoolOptions:
    """How the classifier's workers are run.

    Attributes:
        model_dir: The model folder that each worker loads.
        workers: How many photos are classified at the same time.
        deadline_seconds: A worker that takes longer over a photo is killed.
        clip_seconds: The same for a clip.
        address_space_bytes: What a worker may map, on Linux; a photo that needs more is refused.
        photos_per_worker: After so many a worker is replaced, whatever it may have leaked with it.
        check_seconds: How often an idle worker is asked to classify a grey crop, to see that it answers.
        answer_seconds: One that takes longer over that is replaced; loading the model must fit in.
        max_waiting: Photos beyond these are refused at once.
        low_priority_seconds: How long what lets photos go first waits for a worker before it is refused.
        limits: Which photos are refused before anything is decoded.
        copies_dir: Where a copy of the model is kept and run from, so that its folder may be replaced at any
            moment; None runs the folder itself.
    """

    model_dir: Path
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    deadline_seconds: float = 10.0
    clip_seconds: float = 20.0
    address_space_bytes: int = 1_500_000_000
    photos_per_worker: int = 1000
    check_seconds: float = 10.0
    answer_seconds: float = 15.0
    max_waiting: int = 100
    low_priority_seconds: float = 10.0
    limits: ImageLimits = field(default_factory=ImageLimits)
    copies_dir: Path | None = None
