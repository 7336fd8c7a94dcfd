"""What the bot's tests share: a classifier with scripted answers, and a bot running against a playground."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.config.parsers import Secret
from bot.config.settings import Settings
from bot.runtime.lifecycle import run_bots
from bot.storage.database import Storage
from bot.storage.engine import name_driver
from classifier.model_info import ModelInfo
from classifier.types import Box, Clip, DamagedImageError, Face, Keypoints, Point, Prediction
from classifier.workers.worker_pool import Classification

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.context import BotApplication
    from bot.runtime.roles import Role
    from bot.runtime.serving import RunningBot, RunningBots
    from classifier.workers.confinement import Confinement
    from classifier.workers.worker_pool import ClassifierPool
    from playground import Playground
    from tests.postgres_server import PostgresServer

# The smallest JPEG that the playground's header parser takes for a picture: 2 x 2 grey pixels.
PICTURE = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300100b0c0e0c0a100e0d0e1211101318281a181616183123251d283a33"
    "3d3c3933383740485c4e404457453738506d51575f626768673e4d71797064785c656763ffc0000b080002000201011100ffc4001f"
    "0000010501010101010100000000000000000102030405060708090a0bffc400b5100002010303020403050504040000017d010203"
    "00041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a343536373839"
    "3a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4"
    "a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
    "ffda0008010100003f00fbffd9"
)
# What a scripted classifier hands out as a face.
CROP = b"\x89PNG\r\n\x1a\n" + b"the face's pixels"


def build_face(
    probability_happy: float = 0.97, *, sure: bool = True, doubt: str | None = None, x: int = 0
) -> Face:
    """Build a face with a chosen answer."""
    point = Point(x + 10, 10)
    is_happy = probability_happy >= 0.5
    return Face(
        box=Box(x, 0, 80, 90),
        keypoints=Keypoints(point, point, point, point, point, point),
        detection_score=0.9,
        probability_happy=probability_happy,
        evidence=1.0,
        emotion="happy" if is_happy else "sad",
        confidence=max(probability_happy, 1 - probability_happy),
        sure=sure,
        doubt=None if sure else doubt or "too_close",
    )


class Backend:
    """Where the bots of the tests keep what must last: SQLite in the data directory, or this PostgreSQL.

    Attributes:
        server: Set to run the same tests on PostgreSQL.
    """

    def __init__(self) -> None:
        self.server: PostgresServer | None = None
        self._template: PostgresServer | None = None
        self._databases: set[str] = set()

    def name_database(self, data_dir: Path) -> str:
        """Give a data directory its database, the same one each time; none on SQLite."""
        if self.server is None:
            return ""
        if self._template is not self.server:
            self.server.execute("CREATE DATABASE migrated")
            with ThreadPoolExecutor() as thread:  # this one's event loop is running
                thread.submit(asyncio.run, _migrate(self.server.url("migrated"))).result()
            self._template = self.server
        name = f"bot_{hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]}"
        if name not in self._databases:
            self.server.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
            self._databases.add(name)
        return self.server.url(name)

    def drop_databases(self) -> None:
        """Make room: each is several megabytes."""
        if self.server is not None:
            for name in self._databases:
                self.server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            self._databases.clear()


async def _migrate(url: str) -> None:
    storage = await Storage.open(name_driver(url))
    await storage.close()


BACKEND = Backend()


def _build_set_event() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@dataclass
class ScriptedClassifier:
    """A classifier that gives the answers it was told to, and remembers what it was asked."""

    faces: tuple[Face, ...] = (build_face(),)
    faces_by_photo: dict[bytes, tuple[Face, ...]] = field(default_factory=dict)
    clips: dict[bytes, tuple[Face, ...]] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    clip_errors: list[Exception] = field(default_factory=list)
    damaged: bool = False
    asked: list[bytes] = field(default_factory=list)
    low_priority: list[bool] = field(default_factory=list)
    reloaded: list[Path] = field(default_factory=list)
    may_answer: asyncio.Event = field(default_factory=_build_set_event)
    info: ModelInfo = field(
        default_factory=lambda: ModelInfo(
            "scripted",
            "1.2.3",
            "none",
            "2026-01-01",
            metrics={"test": {"balanced_accuracy": 0.934, "count": 1330}},
        )
    )
    ready_workers: int = 1
    confinement: Confinement | None = None

    async def start(self) -> None:
        """Need no warming up."""

    async def close(self) -> None:
        """Leave nothing behind."""

    async def reload(self, model_dir: Path) -> None:
        """Stay with what it was told, and remember that."""
        self.reloaded.append(model_dir)

    async def classify(
        self,
        image_bytes: bytes,
        *,
        draw: bool = True,
        explain: bool = False,
        crop: int | None = None,
        low_priority: bool = False,
    ) -> Classification:
        """Fail as scripted, or see the scripted faces."""
        self.asked.append(image_bytes)
        self.low_priority.append(low_priority)
        await self.may_answer.wait()
        if self.errors:
            raise self.errors.pop(0)
        faces = self.faces_by_photo.get(image_bytes, self.faces)
        picture = PICTURE if draw and faces else None
        heat_map = PICTURE if explain and faces else None
        return Classification(
            Prediction(2, 2, faces, self.damaged),
            picture,
            heat_map,
            crop=CROP if crop and crop <= len(faces) else None,
            model_name=self.info.name,
            model_version=self.info.version,
        )

    async def watch(self, clip_bytes: bytes, *, draw: bool = False, explain: bool = False) -> Classification:
        """Fail as scripted, or see the scripted looks of a clip that it knows; any other cannot be read."""
        if self.clip_errors:
            raise self.clip_errors.pop(0)
        if clip_bytes not in self.clips:
            raise DamagedImageError("not a scripted clip")
        faces = self.clips[clip_bytes]
        return Classification(
            Prediction(2, 2, faces),
            PICTURE if draw and faces else None,
            PICTURE if explain and faces else None,
            clip=Clip(8.0, 16, tuple(number / 2 for number, _ in enumerate(faces))),
        )


@dataclass
class SharedClassifier:
    """A classifier that outlives the bots it serves: starting workers for each test would take minutes."""

    pool: Any

    @property
    def info(self) -> ModelInfo:
        """The pool's model."""
        model_info: ModelInfo = self.pool.info
        return model_info

    @property
    def ready_workers(self) -> int:
        """The pool's live workers."""
        alive: int = self.pool.ready_workers
        return alive

    @property
    def confinement(self) -> Confinement | None:
        """What the pool's workers have given up."""
        given_up: Confinement | None = self.pool.confinement
        return given_up

    async def start(self) -> None:
        """Be started already."""

    async def close(self) -> None:
        """Stay."""

    async def watch(self, clip_bytes: bytes, *, draw: bool = False, explain: bool = False) -> Classification:
        """Ask the pool."""
        classification: Classification = await self.pool.watch(clip_bytes, draw=draw, explain=explain)
        return classification

    async def reload(self, model_dir: Path) -> None:
        """Change the pool's model."""
        await self.pool.reload(model_dir)

    async def classify(
        self,
        image_bytes: bytes,
        *,
        draw: bool = True,
        explain: bool = False,
        crop: int | None = None,
        low_priority: bool = False,
    ) -> Classification:
        """Ask the pool."""
        classification: Classification = await self.pool.classify(
            image_bytes, draw=draw, explain=explain, crop=crop, low_priority=low_priority
        )
        return classification


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something has come about: messages of the playground change in place."""
    async with asyncio.timeout(seconds):
        while not condition():  # the condition is another program's to change
            await asyncio.sleep(0.02)


async def end_as_a_process_ends(application: BotApplication) -> None:
    """Cancel what a bot that was stopped left unfinished; it would otherwise haunt the tests after it."""
    left = set(application._Application__create_task_tasks)
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)


@asynccontextmanager
async def run_bot(
    settings: Settings, build_classifier: Callable[[Settings], ClassifierPool], role: Role = "all"
) -> AsyncIterator[RunningBot]:
    """Run the one bot of the settings."""
    async with run_bots(settings, build_classifier, role=role) as running:
        yield running.bots[0]


@asynccontextmanager
async def run_bot_in(
    playground: Playground, data_dir: Path, classifier: ClassifierPool, **changes: Any
) -> AsyncIterator[RunningBot]:
    """Run the real bot against a playground, over HTTP."""
    async with run_bots_in(playground, data_dir, classifier, **changes) as running:
        yield running.bots[0]


@asynccontextmanager
async def run_bots_in(
    playground: Playground, data_dir: Path, classifier: ClassifierPool, **changes: Any
) -> AsyncIterator[RunningBots]:
    """Run the program of the one bot, which has also what serves all bots."""
    settings = Settings(
        bot_token=Secret(playground.token),
        telegram_api_url=playground.api_url,
        data_dir=data_dir,
        database_url=Secret(BACKEND.name_database(data_dir)),
        health_port=0,
    )
    async with run_bots(dataclasses.replace(settings, **changes), lambda _: classifier) as running:
        yield running
    await end_as_a_process_ends(running.bots[0].application)
