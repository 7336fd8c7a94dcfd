"""Files that broke image decoders elsewhere always get an answer."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from classifier.types import ImageError, Prediction
from classifier.workers.worker_pool import ClassifierPool, PoolOptions

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "data" / "hostile_images.zip"


@pytest.mark.skipif(not CORPUS.is_file(), reason="the corpus of hostile files is not part of the project")
async def test_every_hostile_file_gets_an_answer_and_costs_no_worker(model_dir: Path) -> None:
    """Each is classified or refused for a reason that lies in the file; the worker lives on."""
    answers: dict[str, Prediction | ImageError] = {}
    options = PoolOptions(model_dir=model_dir, workers=1, photos_per_worker=10_000, deadline_seconds=120)
    async with ClassifierPool(options) as pool:
        with zipfile.ZipFile(CORPUS) as corpus:
            for name in corpus.namelist():
                if not name.endswith("/"):
                    try:
                        answers[name] = (await pool.classify(corpus.read(name), draw=True)).prediction
                    except ImageError as error:
                        answers[name] = error
        assert pool.ready_workers == 1
    assert len(answers) == 200
    assert any(isinstance(answer, Prediction) for answer in answers.values())
