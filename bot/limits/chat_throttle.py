"""At most so many answers a minute in a chat, over all processes; those beyond are gathered into one."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Float, and_, cast, delete, exists, func, literal, or_, select, update

from bot.messages.outcome import Outcome
from bot.messages.problems import Problem
from bot.storage.engine import connect, insert_into
from bot.storage.tables import answer_times, gathered, inbox
from classifier.types import Box, Clip, Face, Keypoints, Point, Prediction

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_PERIOD_SECONDS = 60.0
# After so long without an answer it is looked at whether anybody is to give it: its first photo may have been
# forgotten, and then its process have died.
_LEFT_SECONDS = 3_600.0
_NO_TOPIC = 0


class ChatThread(NamedTuple):
    """Where an answer goes: a chat, and its topic where the chat is a forum."""

    chat_id: int
    topic_id: int | None = None


class ChatThrottle:
    """Counts each chat's answers over the last minute. Answers beyond its limit are gathered by topic.

    All of it is in the database, so that any number of processes count together; chats without a limit never
    ask it. The first photo of what is gathered is its head: whoever has that one in hand gives the answer;
    after a crash, whoever takes it over. The others are done when they are written down here.

    Every method may raise `StorageError`.

    Args:
        engine: The database.
        bot_id: Whose answers.
        clock: Seconds since 1970; the database's own where it has one that all hosts share.
    """

    def __init__(self, engine: AsyncEngine, bot_id: int, clock: Callable[[], float] | None = None) -> None:
        self._engine = engine
        self._bot_id = bot_id
        self._clock = clock

    async def acquire(self, thread: ChatThread, per_minute: int | None, update_id: int) -> bool:
        """Count one answer. False if the chat has used up its limit; None is no limit."""
        if per_minute is None:
            return True
        is_gathering = or_(and_(self._is_at(thread), ~gathered.c.is_closed), self._is_kept(update_id))
        async with connect(self._engine) as connection:
            recent, now = await self._lock(connection, thread.chat_id)
            if len(recent) >= per_minute:
                return False
            if await connection.scalar(select(gathered.c.head).where(is_gathering).limit(1)) is not None:
                return False
            await self._count(connection, thread.chat_id, [*recent, now])
        return True

    async def gather(
        self, thread: ChatThread, outcomes: Sequence[Outcome], update_id: int, user_id: int
    ) -> float | None:
        """Keep an answer for later; its head is given the seconds to wait before `collect`."""
        columns = (gathered.c.head, gathered.c.due)
        mine = select(*columns).where(self._is_kept(update_id))
        opened = select(*columns).where(self._is_at(thread), ~gathered.c.is_closed).limit(1)
        async with connect(self._engine) as connection:
            recent, now = await self._lock(connection, thread.chat_id)
            found = (await connection.execute(mine)).first()
            if found is not None:  # the update is tried again
                head, due = found
            else:
                other = (await connection.execute(opened)).first()
                head, due = other or (update_id, recent[0] + _PERIOD_SECONDS if recent else now)
                values = self._build_row(thread, outcomes, update_id, user_id)
                values |= {"head": head, "due": due}
                await connection.execute(insert_into(self._engine, gathered).values(values))
                await connection.execute(delete(gathered).where(_is_left(now)))
        return max(0.0, due - now) if head == update_id else None

    async def measure_wait(self, head: int) -> float:
        """Return in how many seconds the gathered answer is due; 0 if it is due now."""
        due = select(func.min(gathered.c.due) - self._tell_time()).where(self._is_of(head))
        async with connect(self._engine, autocommit=True) as connection:
            return max(0.0, await connection.scalar(due) or 0.0)

    async def collect(self, thread: ChatThread, head: int) -> list[Outcome]:
        """Return the gathered outcomes, and count them as one answer. Later ones are gathered anew."""
        closing = update(gathered).where(self._is_of(head)).values(is_closed=True)
        kept = select(gathered.c.outcomes).where(self._is_of(head)).order_by(gathered.c.update_id)
        async with connect(self._engine) as connection:
            recent, now = await self._lock(connection, thread.chat_id)
            await self._count(connection, thread.chat_id, [*recent, now])
            await connection.execute(closing)
            texts = (await connection.execute(kept)).scalars().all()
        return [_read_outcome(written) for text in texts for written in json.loads(text)]

    async def finish(self, head: int) -> None:
        """Delete the outcomes that were answered."""
        async with connect(self._engine) as connection:
            await connection.execute(delete(gathered).where(self._is_of(head)))

    async def _lock(self, connection: AsyncConnection, chat_id: int) -> tuple[list[float], float]:
        """Lock a chat until the transaction ends. Returns the times of its answers, and the time now."""
        insertion = insert_into(self._engine, answer_times).values(
            bot_id=self._bot_id, chat_id=chat_id, times="[]"
        )
        statement = insertion.on_conflict_do_update(
            index_elements=list(answer_times.primary_key), set_={"chat_id": chat_id}
        ).returning(answer_times.c.times, self._tell_time())
        times, now = (await connection.execute(statement)).one()
        if not self._is_time_the_databases:
            # Read again: answers that were counted while this one waited for the lock are not to come.
            now = (self._clock or time.time)()
        # A clock that was set back leaves times to come.
        return [at for at in json.loads(times) if now - _PERIOD_SECONDS < at <= now], float(now)

    async def _count(self, connection: AsyncConnection, chat_id: int, times: Sequence[float]) -> None:
        is_chat = and_(answer_times.c.bot_id == self._bot_id, answer_times.c.chat_id == chat_id)
        await connection.execute(update(answer_times).where(is_chat).values(times=json.dumps(times)))

    @property
    def _is_time_the_databases(self) -> bool:
        return self._clock is None and self._engine.dialect.name == "postgresql"

    def _tell_time(self) -> ColumnElement[float]:
        if self._is_time_the_databases:
            return cast(func.extract("epoch", func.clock_timestamp()), Float)
        return literal((self._clock or time.time)())

    def _build_row(
        self, thread: ChatThread, outcomes: Sequence[Outcome], update_id: int, user_id: int
    ) -> dict[str, object]:
        return {
            "bot_id": self._bot_id,
            "update_id": update_id,
            "chat_id": thread.chat_id,
            "topic_id": thread.topic_id or _NO_TOPIC,
            "user_id": user_id,
            "is_closed": False,
            "outcomes": json.dumps([_write_outcome(outcome) for outcome in outcomes]),
        }

    def _is_at(self, thread: ChatThread) -> ColumnElement[bool]:
        return and_(
            gathered.c.bot_id == self._bot_id,
            gathered.c.chat_id == thread.chat_id,
            gathered.c.topic_id == (thread.topic_id or _NO_TOPIC),
        )

    def _is_kept(self, update_id: int) -> ColumnElement[bool]:
        return and_(gathered.c.bot_id == self._bot_id, gathered.c.update_id == update_id)

    def _is_of(self, head: int) -> ColumnElement[bool]:
        return and_(gathered.c.bot_id == self._bot_id, gathered.c.head == head)


def _is_left(now: float) -> ColumnElement[bool]:
    """Tell what nobody will come to give: while its head is owed somebody may, however long that takes."""
    is_owed = and_(
        inbox.c.bot_id == gathered.c.bot_id,
        inbox.c.update_id == gathered.c.head,
        inbox.c.payload.is_not(None),
    )
    return and_(gathered.c.due < now - _LEFT_SECONDS, ~exists().where(is_owed))


def _write_outcome(outcome: Outcome) -> dict[str, object]:
    """Write the outcome of one photo as JSON, without texts and pictures: the answer needs neither."""
    return {
        "prediction": asdict(outcome.prediction) if outcome.prediction else None,
        "problem": asdict(outcome.problem) if outcome.problem else None,
        "is_cover": outcome.is_cover,
        "clip": asdict(outcome.clip) if outcome.clip else None,
    }


def _read_outcome(written: dict[str, dict[str, Any]]) -> Outcome:
    """Read what `_write_outcome` wrote."""
    seen, problem = written["prediction"], written["problem"]
    clip = written["clip"]
    prediction = None
    if seen:
        faces = tuple(
            Face(
                **{
                    **face,
                    "box": Box(*face["box"]),
                    "keypoints": Keypoints(*(Point(*point) for point in face["keypoints"])),
                }
            )
            for face in seen["faces"]
        )
        prediction = Prediction(seen["width"], seen["height"], faces, seen["damaged"])
    return Outcome(
        prediction=prediction,
        problem=Problem(**problem) if problem else None,
        is_cover=bool(written["is_cover"]),
        clip=Clip(clip["seconds"], clip["moments"], tuple(clip["times"])) if clip else None,
    )
