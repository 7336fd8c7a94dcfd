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
from classifier.decoding.clip_frames import (
    _check_clip,
    _check_codec,
    _choose_step,
    _keep_frames,
    _shrink,
    decode_clip,
)
from classifier.decoding.clip_header import _read_box, read_clip_header, recognize_clip
from classifier.decoding.header_numbers import HeaderError
from classifier.drawing.clip_drawing import choose_looks
from classifier.opencv import cv2
from classifier.types import (
    Box,
    ClassifierError,
    Clip,
    DamagedImageError,
    DeadlineExceededError,
    EmptyImageError,
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
    UnsupportedFormatError,
    find_clip_verdict,
)
from classifier.worker_messages import Frame
from classifier.workers.worker_jobs import WATCH
from classifier.workers.worker_pool import ClassifierPool, PoolOptions

if TYPE_CHECKING:
    from collections.abc import Iterable
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


def build_gif_header(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(10)


def build_samples(*sizes: tuple[int, int], kind: bytes = b"avc1") -> bytes:
    """Build the box of an MP4 that lists kinds of samples: videos of these sizes."""
    entries = [
        build_box(kind, bytes(24) + struct.pack(">HH", width, height) + bytes(50)) for width, height in sizes
    ]
    return build_box(b"stsd", bytes(4) + struct.pack(">I", len(entries)) + b"".join(entries))


def build_element(number: int, content: bytes) -> bytes:
    """Build an element of a WebM."""
    identifier = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return identifier + (len(content) | 1 << 28).to_bytes(4, "big") + content


def build_track(*, codec: bytes = b"V_VP8", width: int = 640, height: int = 480, more: bytes = b"") -> bytes:
    """Build a WebM with one track."""
    video = build_element(0xB0, struct.pack(">H", width)) + build_element(0xBA, struct.pack(">H", height))
    track = build_element(0xAE, build_element(0x86, codec) + build_element(0xE0, video) + more)
    head = build_element(0x1A45DFA3, build_element(0x4282, b"webm"))
    return head + build_element(0x18538067, build_element(0x1654AE6B, track))


def test_frames_of_full_hd_and_somewhat_more_are_watched() -> None:
    """2.4 million pixels, and not one more: a decoder keeps up to 17 frames."""
    limits = ImageLimits()
    _check_clip(build_gif_header(1600, 1500), limits)
    _check_clip(build_gif_header(1500, 1600), limits)
    for width, height in ((55814, 43), (43, 55814), (1601, 1500)):
        with pytest.raises(TooManyPixelsError, match=r"2\.4 million"):
            _check_clip(build_gif_header(width, height), limits)


def test_a_clip_of_as_many_bytes_as_allowed_is_watched() -> None:
    """The limit is the largest that is allowed; nothing at all is no clip."""
    header = build_gif_header(16, 16)
    _check_clip(header, ImageLimits(maximum_bytes=len(header)))
    with pytest.raises(TooManyBytesError):
        _check_clip(header, ImageLimits(maximum_bytes=len(header) - 1))
    with pytest.raises(EmptyImageError):
        _check_clip(b"", limits=ImageLimits())


def test_the_largest_of_all_videos_in_a_clip_counts() -> None:
    """A small one in front would hide from the limit what a decoder may pick."""
    header = read_clip_header(build_samples((100, 2000), (3000, 10)), "MP4")
    assert (header.width, header.height) == (3000, 2000)
    header = read_clip_header(build_samples((3000, 10)) + build_samples((100, 2000), kind=b"hvc1"), "MP4")
    assert (header.width, header.height) == (3000, 2000)


@pytest.mark.parametrize("size", [(0, 20), (20, 0)], ids=["no width", "no height"])
def test_a_clip_whose_frames_have_no_size_is_refused(size: tuple[int, int]) -> None:
    """Their product is nothing, and passes every limit."""
    for content, container in (
        (build_samples(size), "MP4"),
        (build_track(width=size[0], height=size[1]), "WebM"),
        (build_gif_header(*size), "GIF"),
    ):
        with pytest.raises(HeaderError, match="no size"):
            read_clip_header(content, container)


def test_a_clip_has_a_video_and_not_countless_ones() -> None:
    """None at all is refused, and so is the 33rd."""
    assert read_clip_header(build_samples(*[(20, 10)] * 16) * 2, "MP4").width == 20
    for sizes in ([], [(20, 10)] * 33):
        content = b"".join(build_samples(size) for size in sizes) or build_samples((20, 10), kind=b"mp4a")
        with pytest.raises(HeaderError, match="no video"):
            read_clip_header(content, "MP4")


def test_boxes_lie_only_so_deep_in_each_other() -> None:
    """Six levels hold all that an MP4 needs; a seventh is refused."""
    content = build_samples((20, 10))
    for _ in range(6):
        content = build_box(b"moov", content)
    assert read_clip_header(content, "MP4").width == 20
    with pytest.raises(HeaderError, match="too deep"):
        read_clip_header(build_box(b"moov", content), "MP4")


def test_a_walk_over_boxes_or_elements_ends() -> None:
    """After 20,000, so that no file can keep it busy."""
    video, empty = build_samples((20, 10)), build_box(b"free", b"")
    assert read_clip_header(video + empty * 19_997, "MP4").width == 20
    with pytest.raises(HeaderError, match="far too many boxes"):
        read_clip_header(video + empty * 19_998, "MP4")
    void = build_element(0xEC, b"")
    assert read_clip_header(void * 19_998 + build_track(), "WebM").width == 640
    with pytest.raises(HeaderError, match="far too many elements"):
        read_clip_header(void * 19_999 + build_track(), "WebM")


@pytest.mark.parametrize("length", [0, 7, 40, 2**31])
def test_a_box_that_ends_before_its_content_or_after_its_parent_is_refused(length: int) -> None:
    """Another reader would go on somewhere else. A length of 0 reaches to the end, as the standard says."""
    content = build_box(b"moov", struct.pack(">I", length) + build_samples((20, 10))[4:])
    if not length:
        assert read_clip_header(content, "MP4").width == 20
        return
    with pytest.raises(HeaderError):
        read_clip_header(content[:40] if length == 40 else content, "MP4")


def test_a_box_holds_at_least_its_own_head() -> None:
    """Eight bytes, or sixteen where its length is a long one: the walk would stay where it is, or go back."""
    for length in (7, 8):
        data = struct.pack(">I", length) + b"free" + bytes(40)
        if length == 8:
            assert _read_box(data, 0, 48) == (b"free", 8, 8)
        else:
            with pytest.raises(HeaderError, match="longer than what it lies in"):
                _read_box(data, 0, 48)
    for length in (15, 16):
        data = struct.pack(">I", 1) + b"free" + struct.pack(">Q", length) + bytes(40)
        if length == 16:
            assert _read_box(data, 0, 56) == (b"free", 16, 16)
        else:
            with pytest.raises(HeaderError, match="longer than what it lies in"):
                _read_box(data, 0, 56)


@pytest.mark.parametrize("codec", [b"V_VP8", b"V_VP9", b"V_AV1", b"V_MPEG4/ISO/AVC", b"V_UNCOMPRESSED", b""])
def test_a_webm_is_of_two_codecs(codec: bytes) -> None:
    """FFmpeg would know many more, and each has bugs of its own."""
    if codec in {b"V_VP8", b"V_VP9"}:
        assert read_clip_header(build_track(codec=codec), "WebM").height == 480
        return
    with pytest.raises(HeaderError, match="codec"):
        read_clip_header(build_track(codec=codec), "WebM")


def test_a_webm_that_is_packed_or_holds_other_files_is_refused() -> None:
    """Neither is unpacked before a decoder sees it."""
    with pytest.raises(HeaderError, match="packed"):
        read_clip_header(build_track(more=build_element(0x6D80, b"x")), "WebM")
    whole = build_track()
    start = whole.index(bytes.fromhex("18538067"))
    head, tracks = whole[:start], whole[start + 8 :]
    files = build_element(0x1941A469, b"font")
    assert read_clip_header(head + build_element(0x18538067, tracks), "WebM").width == 640
    with pytest.raises(HeaderError, match="other files"):
        read_clip_header(head + build_element(0x18538067, files + tracks), "WebM")


class Capture:
    """Stands in for a decoder: frames of a size at times, and what the container claims."""

    def __init__(self, times: Iterable[float] = (), size: tuple[int, int] = (8, 8), **claims: float) -> None:
        self._times = iter(times)
        self._claims = claims
        self._number = -1
        self._size = size

    def grab(self) -> bool:
        """Go on to the next frame."""
        self._number += 1
        self._seconds = next(self._times, None)
        return self._seconds is not None

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        """Decode the frame."""
        return True, np.full((self._size[1], self._size[0], 3), self._number % 256, dtype=np.uint8)

    def get(self, what: int) -> float:
        """Say what the container claims, or when the frame is shown."""
        names = {cv2.CAP_PROP_FRAME_COUNT: "frames", cv2.CAP_PROP_FPS: "rate", cv2.CAP_PROP_FOURCC: "codec"}
        if what == cv2.CAP_PROP_POS_MSEC:
            return 1000 * (self._seconds or 0)
        return self._claims[names[what]]


@pytest.mark.parametrize(
    ("frames", "rate", "step"),
    [
        (16, 25, 1),
        (17, 25, 2),
        (32, 25, 2),
        (33, 25, 3),
        (61 * 25, 25, 96),
        (0, 25, 1),
        (-5, 25, 1),
        (100, 0, 1),
        (100, -1, 1),
        (7_500_000, 200_000, 468_750),
        (7_500_001, 25, 1),
        (float("nan"), 25, 1),
        (100, float("nan"), 1),
    ],
)
def test_the_step_is_what_sixteen_frames_need(frames: float, rate: float, step: int) -> None:
    """Rounded up; where the container says nothing that can be, each frame is looked at."""
    assert _choose_step(Capture(frames=frames, rate=rate)) == step


def test_a_clip_that_says_itself_that_it_is_too_long_is_not_decoded() -> None:
    """A minute, and a second that cutting may leave."""
    with pytest.raises(TooLongError):
        _choose_step(Capture(frames=61 * 25 + 1, rate=25))


def test_a_clip_that_turns_out_to_be_too_long_is_not_watched_to_its_end() -> None:
    """Its times decide, or the number of its frames, whatever it claims."""
    kept, seconds = _keep_frames(Capture([0, 30, 61]), 1)
    assert ([at for at, _ in kept], seconds) == ([0, 30, 61], 61)
    with pytest.raises(TooLongError):
        _keep_frames(Capture([0, 30, 61.001]), 1)
    kept, _ = _keep_frames(Capture([0.0] * 7_500), 500)
    assert len(kept) == 15
    with pytest.raises(TooLongError):
        _keep_frames(Capture([0.0] * 7_501), 500)


def test_never_more_than_32_frames_are_held() -> None:
    """Every other one is let go when there are so many, and from then on each second one is kept."""
    for count in range(1, 140):
        kept, _ = _keep_frames(Capture(number / 100 for number in range(count)), 1)
        step = 1
        while -(-count // step) >= 32:
            step *= 2
        assert [round(100 * at) for at, _ in kept] == list(range(0, count, step))
        assert len(kept) < 32


def test_frames_are_kept_at_960_pixels_and_all_at_one_size() -> None:
    """Larger ones are shrunk, smaller ones never enlarged; a change of size on the way is undone."""
    for size, expected in (
        ((960, 720), (960, 720)),
        ((1920, 1080), (960, 540)),
        ((100, 1200), (80, 960)),
        ((10, 8), (10, 8)),
    ):
        frame = np.zeros((size[1], size[0], 3), dtype=np.uint8)
        assert _shrink(frame, []).shape == (expected[1], expected[0], 3)
    first = np.zeros((30, 40, 3), dtype=np.uint8)
    assert _shrink(np.zeros((480, 640, 3), dtype=np.uint8), [(0.0, first)]).shape == (30, 40, 3)
    with pytest.raises(TooManyPixelsError):
        _shrink(np.zeros((1501, 1600, 3), dtype=np.uint8), [(0.0, first)])


def test_frames_are_red_green_and_blue_in_this_order() -> None:
    """OpenCV decodes them the other way round."""
    frame = np.full((4, 4, 3), (1, 2, 3), dtype=np.uint8)
    assert tuple(_shrink(frame, [])[0, 0]) == (3, 2, 1)


@pytest.mark.parametrize(
    "codec", ["h264", "avc1", "AVC1", "hevc", "vp80", "VP90", "gif", "gif ", "mjpg", "av01", "rawv"]
)
def test_a_decoder_works_only_for_the_codecs_of_clips(codec: str) -> None:
    """What a container's header calls one may be another inside."""
    capture = Capture(codec=float(int.from_bytes(codec.encode().ljust(4, b"\0"), "little")))
    if codec not in {"mjpg", "av01", "rawv"}:
        _check_codec(capture)
        return
    with pytest.raises(UnsupportedFormatError, match=codec):
        _check_codec(capture)
