"""Clips: a few frames of an MP4, a WebM or a GIF, and nothing else that calls itself one."""

from __future__ import annotations

import asyncio
import io
import json
import os
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from clip_files import break_clip, build_box, move, write_clip, write_gif
from PIL import Image

from classifier.classification import AnswerError, Classification, write_classification
from classifier.decoding.clip_frames import decode_clip
from classifier.decoding.clip_header import read_clip_header, recognize_clip
from classifier.decoding.header_numbers import HeaderError
from classifier.drawing.clip_drawing import choose_looks
from classifier.types import (
    Box,
    ClassifierError,
    Clip,
    DamagedImageError,
    DeadlineExceededError,
    Face,
    ImageError,
    ImageLimits,
    Keypoints,
    NotAnImageError,
    Point,
    Prediction,
    TooLongError,
    TooManyBytesError,
    TooManyPixelsError,
    find_clip_verdict,
)
from classifier.worker_messages import Frame
from classifier.workers.worker_jobs import WATCH
from classifier.workers.worker_pool import ClassifierPool, PoolOptions

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIZE = (320, 240)


def build_face(answer: str, confidence: float = 0.9) -> Face:
    point = Point(1.0, 1.0)
    is_happy = answer != "sad"
    return Face(
        box=Box(0, 0, 9, 9),
        keypoints=Keypoints(*[point] * 6),
        detection_score=0.9,
        probability_happy=confidence if is_happy else 1 - confidence,
        evidence=1.0,
        emotion="happy" if is_happy else "sad",
        confidence=confidence,
        sure=answer != "unsure",
        doubt="too_close" if answer == "unsure" else None,
    )


@pytest.fixture(scope="module")
def pictures() -> list[NDArray[np.uint8]]:
    """Fifty frames, each of a grey of its own."""
    return [np.full((SIZE[1], SIZE[0], 3), 20 + 4 * number, dtype=np.uint8) for number in range(50)]


@pytest.fixture(scope="module")
def clips(pictures: list[NDArray[np.uint8]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("clips")
    made = {container: write_clip(folder, pictures, container) for container in ("mp4", "webm")}
    return made | {"gif": write_gif(pictures)}


@pytest.mark.parametrize("container", ["mp4", "webm", "gif"])
def test_a_clip_is_looked_at_at_even_steps(clips: dict[str, bytes], container: str) -> None:
    """The frames are those of the clip, in their order, from the first to near the last."""
    decoded = decode_clip(clips[container])
    greys = [float(frame.pixels.mean()) for frame in decoded.frames]
    steps = np.diff([frame.seconds for frame in decoded.frames])

    assert 10 <= len(decoded.frames) <= 16
    assert decoded.frames[0].pixels.shape == (240, 320, 3)
    assert greys == pytest.approx(list(np.linspace(20, greys[-1], len(greys))), abs=6)
    assert greys[-1] > 190
    assert steps == pytest.approx(steps[0], abs=0.02)
    assert decoded.seconds == pytest.approx(4.9 if container == "gif" else 1.96, abs=0.05)


def test_a_clip_that_claims_fewer_frames_is_looked_at_all_through(clips: dict[str, bytes]) -> None:
    """Of a WebM the number of frames is a guess from its length, which anybody may write there."""
    honest = clips["webm"]
    at = honest.index(b"\x44\x89\x88") + 3
    decoded = decode_clip(honest[:at] + struct.pack(">d", 200.0) + honest[at + 8 :])

    assert decoded.seconds == pytest.approx(1.96, abs=0.05)
    assert 10 <= len(decoded.frames) <= 16
    assert float(decoded.frames[-1].pixels.mean()) > 190


def test_what_is_too_long_too_large_or_no_clip_is_refused(
    tmp_path: Path, pictures: list[NDArray[np.uint8]], clips: dict[str, bytes]
) -> None:
    """Each with an error that says so."""
    wide = [np.zeros((1600, 2600, 3), dtype=np.uint8)] * 2
    refusals = {
        TooLongError: write_clip(tmp_path, pictures[:32], rate=0.5),
        TooManyPixelsError: write_clip(tmp_path, wide),
        NotAnImageError: b"RIFF    AVI LIST",
        DamagedImageError: write_gif(pictures[:1]),
    }
    for error, content in refusals.items():
        with pytest.raises(error):
            decode_clip(content)
    with pytest.raises(TooManyBytesError):
        decode_clip(clips["mp4"], ImageLimits(maximum_bytes=1000))


def replace_reference(clip: bytes, entry: bytes) -> bytes:
    """Put a data reference of the same length into an MP4."""
    at = clip.index(b"dref") + 12
    assert clip[at : at + 12] == struct.pack(">I", 12) + b"url \x00\x00\x00\x01"[:8]
    return clip[:at] + entry + clip[at + 12 :]


def test_a_movie_whose_data_lies_elsewhere_is_refused(clips: dict[str, bytes]) -> None:
    """Neither an address nor a path of this machine is followed: it is refused before a decoder sees it."""
    elsewhere = struct.pack(">I", 12) + b"url " + bytes(4)
    aliased = struct.pack(">I", 12) + b"alis" + struct.pack(">I", 1)
    for entry in (elsewhere, aliased):
        with pytest.raises(HeaderError, match="outside of the file"):
            read_clip_header(replace_reference(clips["mp4"], entry), "MP4")


@pytest.mark.parametrize("kind", [b"cmov", b"rmra", b"moof"])
def test_a_movie_that_is_packed_or_a_list_is_refused(clips: dict[str, bytes], kind: bytes) -> None:
    """A packed header could unfold to any size; a list names other files."""
    inner = build_box(b"moov", build_box(kind, b"http://127.0.0.1/"))

    with pytest.raises(HeaderError, match="packed"):
        read_clip_header(clips["mp4"] + inner, "MP4")


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\nhttp://127.0.0.1/x.mp4\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"v=0\nm=video 9000 RTP/AVP 96\n",
        b"\x1aE\xdf\xa3\x8f\x42\x82\x88matroska" + bytes(40),
        b"FLV\x01\x05" + bytes(40),
    ],
    ids=["playlist", "list", "stream", "matroska", "flash"],
)
def test_no_other_container_reaches_a_decoder(content: bytes) -> None:
    """What FFmpeg would know, this does not."""
    assert recognize_clip(content) is None
    with pytest.raises(NotAnImageError):
        decode_clip(content)


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ("hhhs", "happy"),
        ("ssh", "sad"),
        ("uuh", "unsure"),
        ("hs", "mixed"),
        ("hhssu", "mixed"),
        ("u", "unsure"),
    ],
)
def test_a_clip_is_summed_up_by_more_than_half_of_its_looks(answers: str, verdict: str) -> None:
    """Where no answer has more than half, it is mixed."""
    names = {"h": "happy", "s": "sad", "u": "unsure"}

    assert find_clip_verdict([build_face(names[letter]) for letter in answers]) == verdict


def test_the_strip_shows_the_surest_look_of_each_stretch() -> None:
    """In the order of time, and a sure answer before any that is held back."""
    faces = [
        build_face("happy", 0.7),
        build_face("happy", 0.9),
        build_face("unsure", 0.99),
        build_face("sad"),
    ]

    assert choose_looks(faces, 2) == [1, 3]
    assert choose_looks(faces[:1], 4) == [0]


def build_classification() -> Classification:
    faces = (build_face("happy"), build_face("sad"))
    return Classification(Prediction(64, 48, faces), clip=Clip(9.5, 16, (1.25, 7.0)), model_name="m")


def read_answer(fields: dict[str, Any]) -> Classification:
    """Read a result as the main process does."""
    return WATCH.read_answer(Frame({"number": 3, "result": fields}, {}), 3)


def test_the_answer_to_a_clip_crosses_unchanged() -> None:
    """From a worker to the bot, as JSON."""
    assert (
        read_answer(json.loads(json.dumps(write_classification(build_classification())[0])))
        == build_classification()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"seconds": float("nan")},
        {"seconds": 1e9},
        {"seconds": 5.0},
        {"moments": 1},
        {"moments": 17},
        {"times": [1.0]},
        {"times": [7.0, 1.0]},
        {"times": [-1.0, 1.0]},
        {"times": [1.0] * 17},
        {"more": 1},
    ],
    ids=str,
)
def test_an_answer_to_a_clip_that_no_worker_would_give_is_refused(change: dict[str, Any]) -> None:
    """One time a face, in order and within the clip."""
    fields = json.loads(json.dumps(write_classification(build_classification())[0]))
    fields["clip"] |= change

    with pytest.raises(AnswerError):
        read_answer(fields)


async def test_a_confined_worker_watches_a_clip(
    model_dir: Path, tmp_path: Path, astronaut: NDArray[np.uint8]
) -> None:
    """With all that it has given up; the answer has a face a look, their times, and a picture."""
    clip = write_clip(tmp_path, move(astronaut, 60, (480, 360)))
    async with ClassifierPool(PoolOptions(model_dir, workers=1, clip_seconds=120)) as pool:
        classification = await pool.watch(clip, draw=True)
        assert pool.ready_workers == 1
    assert classification.clip is not None
    assert classification.clip.moments >= 12
    assert len(classification.prediction.faces) == len(classification.clip.times) >= 12
    with Image.open(io.BytesIO(classification.picture or b"")) as picture:
        assert picture.width == 1080
        assert np.asarray(picture.convert("RGB")).std() > 30  # it is not empty


@pytest.mark.parametrize("count", [60, pytest.param(200, marks=pytest.mark.slow)])
async def test_broken_clips_cost_nothing(
    model_dir: Path, tmp_path: Path, astronaut: NDArray[np.uint8], count: int
) -> None:
    """Of each container: an answer or an error of the classifier's, none hangs, and no file."""
    small = move(astronaut, 4, (96, 72))
    clips = [write_clip(tmp_path, small), write_clip(tmp_path, small, "webm"), write_gif(small)]
    random = np.random.default_rng(7)
    broken = [break_clip(clips[number % 3], random) for number in range(count)]
    problems = 0
    async with ClassifierPool(PoolOptions(model_dir, workers=2, clip_seconds=60)) as pool:
        for first in range(0, len(broken), 20):
            asked = (pool.watch(clip) for clip in broken[first : first + 20])
            outcomes = await asyncio.gather(*asked, return_exceptions=True)
            assert all(not isinstance(o, BaseException) or isinstance(o, ClassifierError) for o in outcomes)
            assert not [outcome for outcome in outcomes if isinstance(outcome, DeadlineExceededError)]
            problems += sum(isinstance(outcome, ImageError) for outcome in outcomes)
        whole = await pool.watch(clips[0])
    assert whole.clip is not None
    assert problems > count / 10
    assert await asyncio.to_thread(os.listdir, tmp_path) == []
