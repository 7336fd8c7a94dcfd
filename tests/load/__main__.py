"""A load test of the whole bot, on this machine, without Telegram.

    make load ARGS="--photos 300 --rate 20"

The project's bars, on two cores; each run says at its end which of them it met:

    --backlog --photos 1000 --bombs 0       1,000 queued updates, 1,000 answers, at 25 photos a second or more
    --rate 26 --photos 3000 --bombs 0       25 photos a second for two minutes
    --load 0.8 --photos 1500 --bombs 0      p95 below 1 s at 80% of the capacity, measured just before
    --load 0.8 --photos 1500 --bombs 0.05   the event loop's delay below 50 ms with bombs among the photos
    --load 0.8 --photos 10500 --bombs 0     memory after 10,000 photos within 5% of that after 1,000
    --backlog --photos 3000 --kills 200     nothing lost
    --backlog --photos 1000 --stops 20      nothing lost and nothing doubled, each stop within 20 s

Starts the playground (in this process) and the bot (in others), sends photos from many chats at the rate that
is asked for, whether or not answers keep up, and prints throughput, latency with queue and service apart, the
event loop's delay, memory, processor time, and answers lost or doubled. With --backlog all photos wait before
the bot starts; with --kills and --stops it is ended so often while it owes answers, by SIGKILL and SIGTERM,
each time after a random number of them, and started again. The playground needs the processor, too: on few
cores it takes its share of the throughput.

    --backend postgres                      what sharing through PostgreSQL costs beside the embedded database
    --backend postgres --queue              the same without photos

runs the same photos on both, one after the other, then the queue alone, then idle processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from playground import Playground
from tests.load.bot_process import BotProcess, read_cpu
from tests.load.photos import build_bombs, build_photos
from tests.load.queue import measure_queue
from tests.load.report import (
    Key,
    Samples,
    build_comparison,
    build_report,
    check_bars,
    count_answers,
    find_answers,
    format_report,
)
from tests.postgres_server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Sequence

_IDLE_SECONDS = 60.0
_SAMPLE_SECONDS = 1.0
_MEMORY_SECONDS = 5.0  # reading it walks through all of it
_LOOK_SECONDS = 0.01
_CAPACITY_PHOTOS = 400
_KEPT_FILES = 4_000
_ROUNDS = 2  # of each database, in turn: what else the machine does hits both
_SETTLE_SECONDS = 5.0
_IDLE_MEASURED_SECONDS = 30.0


class LoadTest:
    """One run.

    Args:
        options: The command line.
        playground: Started.
        bot: Not started yet.
        database_process: The number of PostgreSQL's first process; None for an embedded database.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        playground: Playground,
        bot: BotProcess,
        database_process: int | None = None,
    ) -> None:
        self._options = options
        self._playground = playground
        self._bot = bot
        self._database_process = database_process
        self._chance = random.Random(options.seed)
        self._sent: dict[Key, float] = {}
        self._samples = Samples()
        self._answers: dict[Key, list[float]] = {}
        self._calls_read = 0

    async def run(self) -> dict[str, object]:
        """Send, wait for the answers, and report."""
        if self._options.backlog:
            await self._send_all(rate=None)
            await self._bot.start()
            sending = None
        else:
            await self._bot.start()
            sending = asyncio.create_task(self._send_all(self._options.rate))
        begun = self._read_cpu()
        sampling = [asyncio.create_task(self._sample()), asyncio.create_task(self._sample_memory())]
        await self._end_again_and_again()
        if sending is not None:
            await sending
        await self._wait_for_answers()
        if not self._options.kills and not self._options.stops:
            self._samples.cpu = {part: end - begun[part] for part, end in self._read_cpu().items()}
        for task in sampling:
            task.cancel()
        await self._bot.stop()
        self._read_answers()
        of_photos = {key: times for key, times in self._answers.items() if key in self._sent}
        return build_report(self._sent, of_photos, self._bot.read_updates(), self._samples)

    async def _send_all(self, rate: float | None) -> None:
        """Send at the rate, whatever comes back: an open loop, as strangers are."""
        people = [self._playground.create_user(f"Person {n}") for n in range(self._options.chats)]
        photos, bombs = build_photos(), build_bombs()
        due = time.monotonic()
        for _ in range(self._options.photos):
            person = self._chance.choice(people)
            is_bomb = self._chance.random() < self._options.bombs
            photo = self._chance.choice(bombs if is_bomb else photos)
            chat = self._playground.private_chat(person)
            message = await self._playground.send_photo(chat, person, photo.content, size=photo.size)
            self._sent[chat.id, message.id] = time.time()
            if rate is not None:
                due += self._chance.expovariate(rate)
                await asyncio.sleep(max(0.0, due - time.monotonic()))

    async def _end_again_and_again(self) -> None:
        """End and start the bot at random moments of its work: after so many answers, and a little later."""
        ends = ["kill"] * self._options.kills + ["stop"] * self._options.stops
        self._chance.shuffle(ends)
        numbers = sorted(self._chance.randrange(self._options.photos) for _ in ends)
        for end, number in zip(ends, numbers, strict=True):
            await self._wait_for_count(number)
            await asyncio.sleep(self._chance.random() / self._options.rate)
            self._read_answers()
            owed = len(self._sent.keys() - self._answers.keys())
            if end == "kill":
                self._samples.kills.append(owed)
                await self._bot.kill()
            else:
                self._samples.stops.append((owed, await self._bot.stop()))
            await self._bot.start()

    async def _wait_for_count(self, number: int) -> None:
        """Wait for so many answers, or until no answer has come for a long time."""
        changed, before = time.monotonic(), -1
        while before < number and time.monotonic() - changed < _IDLE_SECONDS:
            count = count_answers(self._playground.call_log.counts)
            if count > before:
                changed, before = time.monotonic(), count
            await asyncio.sleep(_LOOK_SECONDS)

    async def _wait_for_answers(self) -> None:
        """Wait until all is answered, or no answer has come for a long time."""
        changed, before = time.monotonic(), -1
        while before < len(self._sent) and time.monotonic() - changed < _IDLE_SECONDS:
            self._read_answers()
            if len(self._answers) > before:
                changed, before = time.monotonic(), len(self._answers)
            await asyncio.sleep(_SAMPLE_SECONDS)

    async def _sample(self) -> None:
        while True:
            self._read_answers()
            metrics = await self._bot.read_metrics()
            if metrics:
                self._samples.take(metrics)
            await asyncio.sleep(_SAMPLE_SECONDS)

    async def _sample_memory(self) -> None:
        while True:
            memory = self._bot.read_memory()
            if memory:
                self._samples.memory.append((len(self._answers), memory))
            await asyncio.sleep(_MEMORY_SECONDS)

    def _read_cpu(self) -> dict[str, float]:
        """Read the processor time of each part until now, in seconds."""
        of_bot = self._bot.read_cpu()
        parts = of_bot._asdict() if of_bot else {}
        if self._database_process is not None:
            parts["database"] = read_cpu(self._database_process)
        return {**parts, "playground and load": time.process_time()}

    def _read_answers(self) -> None:
        """Take in the answers that came since the last time."""
        calls = self._playground.call_log.calls()
        for key, times in find_answers(calls[self._calls_read :]).items():
            self._answers.setdefault(key, []).extend(times)
        self._calls_read = len(calls)


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=300, help="how many (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=20.0, help="a second (default: %(default)s)")
    parser.add_argument("--load", type=float, help="instead of a rate: a share of the capacity, such as 0.8")
    parser.add_argument("--chats", type=int, default=50, help="from so many people (default: %(default)s)")
    parser.add_argument("--bombs", type=float, default=0.02, help="share of bombs (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=0, help="kill the bot so often (default: %(default)s)")
    parser.add_argument("--stops", type=int, default=0, help="and stop it so often (default: %(default)s)")
    parser.add_argument("--backlog", action="store_true", help="send all before the bot starts")
    parser.add_argument("--model", help="the model's folder (default: the bot's)")
    parser.add_argument("--workers", type=int, default=0, help="0: one a core (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--backend", choices=["sqlite", "postgres"], default="sqlite", help="see above")
    parser.add_argument("--queue", action="store_true", help="with postgres: no photos, see above")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(arguments)


async def run(
    options: argparse.Namespace, directory: Path, database_url: str = "", database_process: int | None = None
) -> dict[str, object]:
    """Run the load test in a directory."""
    # Of a stream few photos wait; of a backlog the last one does so until all others are answered.
    kept = 2 * options.photos + 1_000
    files = kept if options.backlog else min(kept, _KEPT_FILES)
    playground = Playground(keep_files=files, keep_messages=kept)
    await playground.start()
    settings = {
        "BOT_TOKEN": playground.token,
        "TELEGRAM_API_URL": playground.api_url,
        "WORKERS": str(options.workers),
        "DATABASE_URL": database_url,
        **({"MODEL_DIR": options.model} if options.model else {}),
    }
    bot = BotProcess(directory, settings)
    try:
        return await LoadTest(options, playground, bot, database_process).run()
    finally:
        await bot.kill()
        await playground.stop()


async def run_at_load(options: argparse.Namespace, directory: Path) -> dict[str, object]:
    """Measure the capacity, then run at the share of it that is asked for."""
    photos = min(options.photos, _CAPACITY_PHOTOS)
    of_capacity = argparse.Namespace(
        **{**vars(options), "backlog": True, "photos": photos, "kills": 0, "stops": 0}
    )
    capacity = (await run(of_capacity, _make(directory / "capacity")))["photos_per_second"]
    if not capacity:
        raise RuntimeError(f"Of {photos} photos too few were answered to tell the capacity.")
    options.rate = round(options.load * cast("float", capacity), 1)
    report = await run(options, _make(directory / "load"))
    return {"capacity_per_second": capacity, "rate": options.rate, **report}


def compare(options: argparse.Namespace, directory: Path) -> dict[str, object]:
    """Run the same on both databases, in turn, and the queue and idle processes by themselves."""
    server = PostgresServer(directory / "postgres", durable=True)
    server.create()
    try:
        reports: dict[str, list[dict[str, Any]]] = {"embedded": [], "postgres": []}
        for number in range(0 if options.queue else _ROUNDS):
            reports["embedded"].append(asyncio.run(run(options, _make(directory / f"embedded {number}"))))
            server.execute(f"CREATE DATABASE load_{number}")
            url = server.url(f"load_{number}")
            shared = run(options, _make(directory / f"shared {number}"), url, server.read_process_id())
            reports["postgres"].append(asyncio.run(shared))
        queue = measure_queue(server)
        idle = asyncio.run(measure_idle(directory, server))
    finally:
        server.stop()
    return (build_comparison(reports) if reports["postgres"] else {}) | queue | idle


def _make(directory: Path) -> Path:
    directory.mkdir()
    return directory


async def measure_idle(directory: Path, server: PostgresServer) -> dict[str, dict[str, float]]:
    """Measure what processes that wait for something to do take.

    Returns:
        For each role: MiB of memory, connections to the database, and its commits a second.
    """
    playground = Playground()
    await playground.start()
    idle = {}
    for role in ("", "ingress", "worker"):
        name = role or "all"
        server.execute(f"CREATE DATABASE idle_{name}")
        settings = {
            "BOT_TOKEN": playground.token,
            "TELEGRAM_API_URL": playground.api_url,
            "DATABASE_URL": server.url(f"idle_{name}"),
            "WORKERS": "1",
        }
        process = BotProcess(_make(directory / name), settings, role)
        await process.start()
        await asyncio.sleep(_SETTLE_SECONDS)
        statistics = "SELECT numbackends, xact_commit FROM pg_stat_database WHERE datname = %s"
        connections, before = server.ask(statistics, f"idle_{name}")
        await asyncio.sleep(_IDLE_MEASURED_SECONDS)
        commits = server.ask(statistics, f"idle_{name}")[1] - before
        idle[f"idle_{name}"] = {
            "mib": round(process.read_memory(), 1),
            "connections": connections,
            "commits_per_second": round(commits / _IDLE_MEASURED_SECONDS, 1),
        }
        await process.stop()
    await playground.stop()
    return idle


def main() -> int:
    """Run it, print the report, and fail when an answer was lost, or doubled although nothing was killed."""
    options = read_arguments()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)  # PostgreSQL has an account of its own
        if options.backend == "postgres":
            report = compare(options, directory)
        else:
            report = asyncio.run((run_at_load if options.load else run)(options, directory))
            rate = None if options.backlog else options.rate
            report["bars"] = check_bars(report, rate=rate, has_bombs=options.bombs > 0)
    print(json.dumps(report) if options.json else format_report(report))
    return 1 if report.get("lost") or (report.get("doubled") and not options.kills) else 0


if __name__ == "__main__":
    sys.exit(main())
