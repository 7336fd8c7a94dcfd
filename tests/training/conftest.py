"""One tiny run, prepared, trained and exported once, that the tests of this room look at."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from training_sources import write_ferplus, write_muxspace, write_photos

from training.cli.pipeline import PipelineOptions, run_pipeline
from training.data.prepare import Row, prepare
from training.data.sources import read_source

if TYPE_CHECKING:
    from pathlib import Path

    from training.fit.hyperparameters import Hyperparameters


@dataclass(frozen=True)
class Sources:
    """A source of each layout."""

    ferplus: Path
    muxspace: Path
    photos: Path

    @property
    def all(self) -> list[Path]:
        """All three."""
        return [self.ferplus, self.muxspace, self.photos]


@dataclass(frozen=True)
class Prepared:
    """What `prepare` made of them."""

    folder: Path
    rows: list[Row]


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    root = tmp_path_factory.mktemp("sources")
    found = Sources(root / "ferplus.zip", root / "muxspace", root / "photos")
    write_ferplus(found.ferplus)
    write_muxspace(found.muxspace)
    write_photos(found.photos)
    return found


@pytest.fixture(scope="session")
def prepared(sources: Sources, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("prepared")
    samples = [sample for source in sources.all for sample in read_source(source)]
    return Prepared(folder, prepare(samples, folder, seed=0))


@pytest.fixture(scope="session")
def tiny_parameters() -> Hyperparameters:
    from training.fit.hyperparameters import Hyperparameters  # imports TensorFlow: only for who needs it

    return dataclasses.replace(
        Hyperparameters(),
        epochs=9,  # each takes a second or two
        batch_size=8,
        learning_rate=5e-3,
        warmup_steps=2,
        weight_decay=5e-3,
        keep_share={"*": 1.0},
        widths=(8, 16),  # one block: building the graph is what takes the time
        sizes=((0.5, 16), (1.0, 24)),
        jit_compile=False,
    )


@pytest.fixture
def equal_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have promotion find all models equally fast: what a busy machine measures decides no other check."""
    monkeypatch.setattr(
        "training.release.promotion_checks.measure_cpu_seconds", lambda models, _: np.ones((len(models), 15))
    )


@pytest.fixture(scope="session")
def pipeline_root(
    sources: Sources, tiny_parameters: Hyperparameters, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Where everything was made by one command."""
    root = tmp_path_factory.mktemp("pipeline")
    run_pipeline(PipelineOptions(tuple(sources.all), "tiny", "0.1.0", tiny_parameters, root=root))
    return root


@pytest.fixture(scope="session")
def run_dir(pipeline_root: Path) -> Path:
    return pipeline_root / "runs" / "tiny"


@pytest.fixture(scope="session")
def model_dir(pipeline_root: Path) -> Path:
    return pipeline_root / "models" / "tiny"
