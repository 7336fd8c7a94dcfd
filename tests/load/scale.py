"""What so many hosts carry, and what binds first: a simulation from measured figures.

    python -m tests.load.scale --photos-per-host 22 --database-rate 200

Photos of many bots arrive at random (Poisson). Each is committed by PostgreSQL, downloaded over its host's
link, classified on a free core, and answered no sooner than Telegram's limit for its bot allows. Give it
figures that `make load BACKEND=postgres` prints.
"""

from __future__ import annotations

import argparse
import heapq
import random
from dataclasses import dataclass

_SECONDS = 120.0
_TARGET_SECONDS = 1.0
_MOST_HOSTS = 400
# Bots, and photos a minute that each gets.
_CASES = (
    *((1, 60), (1, 600), (1, 1_500), (1, 2_000)),
    *((100, 1), (100, 30), (1_000, 1), (1_000, 6), (5_000, 1), (5_000, 3)),
)


@dataclass(frozen=True)
class Site:
    """What is simulated.

    Attributes:
        bots: How many, each with its own limit at Telegram.
        photos_per_bot: A second, on average.
        hosts: With `cores` each.
        cores: Of a host.
        core_seconds: That a photo keeps a core busy.
        database_seconds: That a photo keeps PostgreSQL busy; one photo at a time, which is the worst case.
        photo_bits: Of a download.
        link_bits: A second, of a host.
        telegram_per_second: Answers of a bot.
    """

    bots: int
    photos_per_bot: float
    hosts: int
    cores: int
    core_seconds: float
    database_seconds: float
    photo_bits: float
    link_bits: float
    telegram_per_second: float = 30.0

    def find_loads(self) -> dict[str, float]:
        """Return how busy each part is; above 1 it cannot keep up."""
        photos = self.bots * self.photos_per_bot
        return {
            "cores": photos * self.core_seconds / (self.hosts * self.cores),
            "PostgreSQL": photos * self.database_seconds,
            "download": photos * self.photo_bits / (self.hosts * self.link_bits),
            "Telegram": self.photos_per_bot / self.telegram_per_second,
        }


def simulate(site: Site, seed: int = 1) -> float:
    """Return the 95th percentile of the time from photo to answer, in seconds."""
    chance = random.Random(seed)
    cores = [0.0] * (site.hosts * site.cores)  # when each is free
    links = [0.0] * site.hosts
    database, may_send = 0.0, [0.0] * site.bots
    waits, now = [], 0.0
    while True:
        now += chance.expovariate(site.bots * site.photos_per_bot)
        if now > _SECONDS:
            break
        database = max(now, database) + site.database_seconds
        host = chance.randrange(site.hosts)
        links[host] = max(database, links[host]) + site.photo_bits / site.link_bits
        done = max(links[host], heapq.heappop(cores)) + site.core_seconds * chance.uniform(0.7, 1.3)
        heapq.heappush(cores, done)
        bot = chance.randrange(site.bots)
        may_send[bot] = max(done, may_send[bot]) + 1 / site.telegram_per_second
        # A burst of up to a second's answers may go out at once.
        waits.append(max(done, may_send[bot] - 1.0) - now)
    waits.sort()
    return waits[int(0.95 * (len(waits) - 1))] if waits else 0.0


def find_site(options: argparse.Namespace, bots: int, photos_per_bot: float) -> tuple[Site, float | None]:
    """Find the fewest hosts with which 95 of 100 answers come within the target.

    Returns:
        The site and its 95th percentile in seconds; None for that when more hosts would not help.
    """
    hosts = 1
    while True:
        site = Site(
            bots=bots,
            photos_per_bot=photos_per_bot,
            hosts=hosts,
            cores=options.cores,
            core_seconds=options.cores / options.photos_per_host,
            database_seconds=1 / options.database_rate,
            photo_bits=8e3 * options.photo_kb,
            link_bits=1e6 * options.link_mbit,
        )
        loads = site.find_loads()
        if max(loads["PostgreSQL"], loads["Telegram"]) >= 1 or hosts >= _MOST_HOSTS:
            return site, None
        if max(loads.values()) < 1 and (slow := simulate(site)) < _TARGET_SECONDS:
            return site, slow
        hosts = max(hosts + 1, int(hosts * max(loads["cores"], loads["download"])))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.scale", description=__doc__)
    parser.add_argument("--photos-per-host", type=float, required=True, help="a second, of a host by itself")
    parser.add_argument("--database-rate", type=float, required=True, help="photos a second that it carries")
    parser.add_argument("--cores", type=int, default=2, help="of a host (default: %(default)s)")
    parser.add_argument("--photo-kb", type=float, default=150, help="of a download (default: %(default)s)")
    parser.add_argument("--link-mbit", type=float, default=100, help="of a host (default: %(default)s)")
    options = parser.parse_args()
    print("bots  photos/min/bot  photos/s  hosts  p95 s  busiest part")
    for bots, per_minute in _CASES:
        site, slow = find_site(options, bots, per_minute / 60)
        loads = site.find_loads()
        of_all = {name: loads[name] for name in ("PostgreSQL", "Telegram")} if slow is None else loads
        part = max(of_all, key=lambda name: of_all[name])
        hosts, seconds = ("-", "-") if slow is None else (str(site.hosts), f"{slow:.2f}")
        photos = bots * per_minute / 60
        print(
            f"{bots:4}  {per_minute:14}  {photos:8.1f}  {hosts:>5}  {seconds:>5}  {part} ({of_all[part]:.0%})"
        )


if __name__ == "__main__":
    main()
