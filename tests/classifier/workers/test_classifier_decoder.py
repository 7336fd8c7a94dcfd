"""Pictures decoded in a confined process: the same pixels and errors, nothing for who breaks a decoder."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from classifier_pictures import encode, orient_jpeg
from hostile_workers import HANG, run_hostile_decoder

from classifier.decoding.image import decode_image
from classifier.types import (
    DamagedImageError,
    ImageError,
    ImageLimits,
    TooComplexError,
    TooManyBytesError,
    WorkerUnavailableError,
)
from classifier.workers.confined_decoder import ConfinedDecoder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from classifier.workers.worker_pool_options import PoolOptions


@pytest.fixture(scope="module")
def decoder() -> Iterator[ConfinedDecoder]:
    with ConfinedDecoder() as started:
        yield started


def test_it_gives_what_decoding_here_gives(decoder: ConfinedDecoder, astronaut: NDArray[np.uint8]) -> None:
    """Pixels, size and damage alike; a large photo reduced if that is asked for."""
    jpeg = encode(astronaut)
    large = encode(np.repeat(np.repeat(astronaut, 5, axis=0), 6, axis=1))

    for picture, reduce in (
        (jpeg, False),
        (orient_jpeg(jpeg, 6), False),
        (jpeg[: len(jpeg) // 2], False),
        (encode(astronaut, "PNG"), True),
        (large, True),
    ):
        here, there = decode_image(picture, reduce=reduce), decoder.decode(picture, reduce=reduce)
        assert np.array_equal(there.pixels, here.pixels)
        assert (there.width, there.height, there.damaged) == (here.width, here.height, here.damaged)


@pytest.mark.parametrize("picture", [b"", b"no picture", b"\xff\xd8\xff damaged", b"II*\x00 a TIFF"])
def test_it_refuses_what_is_refused_here_with_the_same_words(
    decoder: ConfinedDecoder, picture: bytes
) -> None:
    """The kind goes into manifests."""
    with pytest.raises(ImageError) as here:
        decode_image(picture)
    with pytest.raises(ImageError) as there:
        decoder.decode(picture)

    assert (type(there.value), str(there.value)) == (type(here.value), str(here.value))


def test_its_limits_are_those_that_were_given(astronaut: NDArray[np.uint8]) -> None:
    """As of a picture that is too large."""
    with ConfinedDecoder(ImageLimits(maximum_bytes=100)) as small, pytest.raises(TooManyBytesError):
        small.decode(encode(astronaut))


@pytest.mark.parametrize(
    ("picture", "error", "seconds"),
    [(HANG, TooComplexError, 2), (b"die", DamagedImageError, 60), (b"lie", DamagedImageError, 60)],
    ids=["hang", "die", "lie"],
)
def test_a_picture_that_breaks_its_decoder_costs_no_other_picture(
    picture: bytes, error: type[ImageError], seconds: float, astronaut: NDArray[np.uint8]
) -> None:
    """It is refused, and the next one is decoded, by another process."""
    with ConfinedDecoder(deadline_seconds=seconds, run=run_hostile_decoder) as hostile:
        with pytest.raises(error):
            hostile.decode(picture)
        hostile._options = dataclasses.replace(hostile._options, deadline_seconds=60)
        assert hostile.decode(encode(astronaut)).pixels.shape == (512, 512, 3)


def test_without_a_process_nothing_is_decoded_here_instead(astronaut: NDArray[np.uint8]) -> None:
    """It is no picture's fault, so none is left out for it."""
    with (
        pytest.raises(WorkerUnavailableError, match="enough memory"),
        ConfinedDecoder(run=end_at_once) as ended,
    ):
        ended.decode(encode(astronaut))


def end_at_once(connection: socket.socket, _options: PoolOptions) -> None:
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can confine a process so")
def test_a_bug_in_a_decoder_is_no_way_into_the_program(tmp_path: Path) -> None:
    """Whoever has the process can read no file, write none, connect nowhere and start nothing."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"photos")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ConfinedDecoder(run=run_hostile_decoder) as hostile,
    ):
        for attack, arguments in (
            ("read a file", {"path": str(secret)}),
            ("read a file", {"path": f"/proc/{os.getpid()}/environ"}),
            ("write a file", {"path": str(tmp_path / "written")}),
            ("connect", {"port": server.getsockname()[1]}),
            ("start a shell", {}),
            ("signal", {"process_id": os.getpid()}),
        ):
            with pytest.raises(DamagedImageError, match="refused: "):
                hostile.decode(json.dumps({"attack": attack, "arguments": arguments}).encode())
    assert not (tmp_path / "written").exists()
