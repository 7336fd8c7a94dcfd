"""A private chat, end to end over HTTP: the real bot and the real classifier against the playground."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from bot_fakes import until

if TYPE_CHECKING:
    from bot.runtime.serving import RunningBot
    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
ONE_FACE = re.compile(r"(Looks (happy|sad) — \d\d% sure|Hard to tell — .+)")


def encode(extension: str, image: np.ndarray) -> bytes:
    done, encoded = cv2.imencode(extension, image)
    assert done
    return encoded.tobytes()


def build_wide_png(width: int, height: int) -> bytes:
    """A PNG whose header claims more pixels than anybody should decode."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


async def test_a_photo_is_answered_with_text_and_numbered_picture(
    seeing_bot: RunningBot, playground: Playground, astronaut_jpeg: bytes
):
    """A photo's answer quotes it, says how each face looks, and shows the picture with two buttons."""
    photo = await playground.send_photo(playground.private, playground.ana, astronaut_jpeg)

    answer = await playground.wait_for_reply(photo)

    assert ONE_FACE.fullmatch(answer.text)
    assert [button.text for row in answer.buttons for button in row] == ["Why?", "Details"]
    picture = cv2.imdecode(
        np.frombuffer(playground.world.files.find(answer.file_id).content, np.uint8), cv2.IMREAD_COLOR
    )
    assert min(picture.shape[:2]) >= 512
    await until(lambda: playground.call_log.counts["sendChatAction"])


async def test_an_image_sent_as_a_file_is_answered(
    seeing_bot: RunningBot, playground: Playground, astronaut_jpeg: bytes
):
    """A picture sent as a file is a photo like any other."""
    photo = await playground.send_document(
        playground.private, playground.ana, astronaut_jpeg, file_name="me.jpg", mime_type="image/jpeg"
    )

    assert ONE_FACE.fullmatch((await playground.wait_for_reply(photo)).text)


async def test_a_static_sticker_is_answered(
    seeing_bot: RunningBot, playground: Playground, astronaut_jpeg: bytes
):
    """A static sticker is a WebP picture, and classified as one."""
    image = cv2.imdecode(np.frombuffer(astronaut_jpeg, np.uint8), cv2.IMREAD_COLOR)
    sticker = await playground.send_sticker(playground.private, playground.ana, encode(".webp", image))

    assert ONE_FACE.fullmatch((await playground.wait_for_reply(sticker)).text)


async def test_a_photo_without_a_face_is_told_what_to_do(seeing_bot: RunningBot, playground: Playground):
    """No face is an answer, too: it says which photo to try."""
    empty = encode(".jpg", np.full((200, 200, 3), 180, np.uint8))
    photo = await playground.send_photo(playground.private, playground.ana, empty)

    answer = await playground.wait_for_reply(photo)

    assert answer.text.startswith("I can't find a face. Try a photo")
    assert not answer.buttons


@pytest.mark.parametrize(
    ("content", "file_name", "mime_type", "sentence"),
    [
        (b"", "empty.jpg", "image/jpeg", "The file is empty."),
        (b"hello, I am no picture", "text.jpg", "image/jpeg", "I can't open this as a picture."),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(200), "cut.jpg", "image/jpeg", "The file is damaged"),
        (
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + bytes(64),
            "IMG_1.HEIC",
            "image/heic",
            "I can't open HEIC files",
        ),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "image/svg+xml", "I can't open"),
        (build_wide_png(30_000, 30_000), "wide.png", "image/png", "The picture has too many pixels"),
    ],
    ids=["empty", "text", "damaged", "heic", "svg", "pixels"],
)
async def test_a_file_that_cannot_be_classified_gets_its_reason(
    seeing_bot: RunningBot,
    playground: Playground,
    content: bytes,
    file_name: str,
    mime_type: str,
    sentence: str,
):
    """Every refusal is a sentence of its own, with what to do next."""
    photo = await playground.send_document(
        playground.private, playground.ana, content, file_name=file_name, mime_type=mime_type
    )

    answer = await playground.wait_for_reply(photo)

    assert answer.text.startswith(sentence)
    assert answer.text.count(".") + answer.text.count(":") >= 2


async def test_a_file_that_telegram_calls_too_large_is_not_fetched(
    seeing_bot: RunningBot, playground: Playground
):
    """A size beyond the limit is refused before anything is downloaded."""
    photo = await playground.send_document(
        playground.private,
        playground.ana,
        b"x",
        file_name="big.png",
        mime_type="image/png",
        declared_size=30_000_000,
    )

    assert "up to 20\u00a0MB" in (await playground.wait_for_reply(photo)).text
    assert playground.call_log.counts["getFile"] == 0
