"""The fuzzer's corpus again, and files a step away from it: what held while fuzzing still holds."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.checks import check_bytes, check_decoding, count_calls
from tests.fuzz.corpus import FOLDER, read_corpus, trace_steps
from tests.fuzz.seeds import build_seeds

FILES = {**{f"seed {number}": seed for number, seed in enumerate(build_seeds())}, **read_corpus()}
_MUTATIONS = 20
# A walk makes a handful of calls for each part that it looks at, and a part takes at least four bytes.
_CALLS = 500
_CALLS_A_BYTE = 6
_MAGIC = (b"\xff\xd8\xff", b"\xff\xda", b"\xff\xd9", b"IDAT", b"ispe", b"\xff\xff\xff\xff", b"II*\x00")


def mutate(content: bytes, chance: random.Random) -> bytes:
    """Cut, repeat, or overwrite a piece, a few times."""
    altered = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(altered))
        end = min(len(altered), start + chance.choice((1, 2, 4, 30)))
        match chance.randrange(4):
            case 0:
                del altered[start:end]
            case 1:
                altered[start:start] = altered[start:end]
            case 2:
                altered[start:end] = chance.choice(_MAGIC)
            case _:
                altered[start:end] = chance.randbytes(end - start)
    return bytes(altered)


def check_in_bounds(content: bytes) -> None:
    calls = count_calls(lambda: check_bytes(content))
    assert calls <= _CALLS + _CALLS_A_BYTE * len(content), f"{calls} calls for {len(content)} bytes"


@pytest.mark.parametrize("name", FILES)
def test_each_file_keeps_all_promises_in_bounded_work(name: str) -> None:
    """Only documented errors, nothing admitted beyond the limits, and no more calls than bytes warrant."""
    check_in_bounds(FILES[name])
    check_decoding(FILES[name])


def test_files_a_step_away_keep_them_too() -> None:
    """The same mutations at each run, so that a failure can be looked at."""
    chance = random.Random(5)
    for content in FILES.values():
        for _ in range(_MUTATIONS):
            altered = mutate(content, chance)
            try:
                check_in_bounds(altered)
            except Exception as error:
                error.add_note(f"the file: {altered.hex()}")
                raise


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"\xff\xd8\xff", b"\xff\xfe\x00\x02"),
        (
            b"\xff\xd8\xff\xc0\x00\x0b\x08\x00\x02\x00\x02\x01\x01\x11\x00\xff\xda\x00\x02",
            b"\xff\xda\x00\x02",
        ),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\x00\x02\x00\x00\x00\x02\x08\x02\x00\x00\x00abcd",
            bytes(12),
        ),
        (b"\x00\x00\x00\x20ftypavif", b"ispe\x00\x00\x00\x00"),
        (b"II*\x00\x08\x00\x00\x00\xff\xff", bytes(12)),
    ],
    ids=["segments", "scans", "chunks", "extents", "tags"],
)
def test_a_file_of_countless_parts_takes_no_more_work_than_its_bytes_warrant(
    head: bytes, part: bytes
) -> None:
    """No part makes its reader begin anew."""
    check_in_bounds(head + part * (10_000 // len(part)))


def test_the_corpus_is_small_and_reaches_what_the_seeds_do_not() -> None:
    """A corpus that finds nothing of its own would be dead weight."""
    corpus = read_corpus()
    assert 20 <= len(corpus) <= 100
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 200_000
    of_seeds = set().union(*(trace_steps(lambda seed=seed: check_bytes(seed)) for seed in build_seeds()))
    of_corpus = set().union(*(trace_steps(lambda file=file: check_bytes(file)) for file in corpus.values()))
    assert of_corpus - of_seeds
