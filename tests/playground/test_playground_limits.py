"""Each limit of the Bot API at its border: the last that Telegram takes is taken, the next is refused."""

from __future__ import annotations

import asyncio
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from playground.api.sending_methods import DOCUMENT_LIMIT, PHOTO_LIMIT, _store_document, _store_photo
from playground.origin_check import _find_refusal, is_loopback_host
from playground.rules.api_errors import ApiError
from playground.rules.entities import find_entities, is_addressed_command, is_mentioned
from playground.rules.json_text import load_json
from playground.rules.markup import check_entities, finish_entities
from playground.rules.pictures import read_picture_size
from playground.world.call_log import CallLog
from playground.world.faults import Fault, Faults, read_fault
from playground.world.files import DOWNLOAD_LIMIT, FileStore
from playground.world.updates import UpdateQueue
from playground.world.webhooks import Webhook

if TYPE_CHECKING:
    from conftest import Call

    from playground import Playground


def build_keyboard(count: int = 1, **button: Any) -> dict[str, Any]:
    button = {"text": "x", **(button or {"callback_data": "y"})}
    return {"inline_keyboard": [[button] for _ in range(count)]}


def build_commands(count: int = 1, command: str = "go", description: str = "Go") -> list[dict[str, str]]:
    return [{"command": command, "description": description}] * count


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("method", "taken", "refused", "description"),
    [
        ("sendMessage", {"text": "😀" * 2048}, {"text": "😀" * 2048 + "x"}, "message is too long"),
        ("sendMessage", {"text": "x" * 4096}, {"text": "x" * 4097}, "message is too long"),
        (
            "sendMessage",
            {"text": "x", "reply_markup": build_keyboard(callback_data="é" * 32)},
            {"text": "x", "reply_markup": build_keyboard(callback_data="é" * 32 + "x")},
            "BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"text": "x", "reply_markup": build_keyboard(callback_data="x")},
            {"text": "x", "reply_markup": build_keyboard(callback_data="")},
            "BUTTON_DATA_INVALID",
        ),
        (
            "sendMessage",
            {"text": "x", "reply_markup": build_keyboard(100)},
            {"text": "x", "reply_markup": build_keyboard(101)},
            "REPLY_MARKUP_TOO_LONG",
        ),
        (
            "sendMessage",
            {"text": "x", "reply_markup": build_keyboard(url="tg://user?id=1")},
            {"text": "x", "reply_markup": build_keyboard(url="ftp://x")},
            "inline keyboard button URL 'ftp://x' is invalid: Unsupported URL protocol",
        ),
        (
            "sendMessage",
            {"text": "x", "reply_markup": build_keyboard(url="https://x.org")},
            {"text": "x", "reply_markup": build_keyboard(url="https://x.org", callback_data="y")},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            "setMyCommands",
            {"commands": build_commands(100)},
            {"commands": build_commands(101)},
            "BOT_COMMANDS_TOO_MUCH",
        ),
        (
            "setMyCommands",
            {"commands": build_commands(command="a" * 32)},
            {"commands": build_commands(command="a" * 33)},
            "BOT_COMMAND_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": build_commands(description="x" * 256)},
            {"commands": build_commands(description="x" * 257)},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": build_commands(description="x")},
            {"commands": build_commands(description="")},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        ("setMyName", {"name": "x" * 64}, {"name": "x" * 65}, "bot name is too long"),
        (
            "setMyDescription",
            {"description": "x" * 512},
            {"description": "x" * 513},
            "bot description is too long",
        ),
        (
            "setMyShortDescription",
            {"short_description": "x" * 120},
            {"short_description": "x" * 121},
            "bot short description is too long",
        ),
        (
            "setWebhook",
            {"max_connections": 100},
            {"max_connections": 101},
            "max_connections must be between 1 and 100",
        ),
        (
            "setWebhook",
            {"max_connections": 0},
            {"max_connections": -1},
            "max_connections must be between 1 and 100",
        ),
        (
            "setWebhook",
            {"secret_token": "x" * 256},
            {"secret_token": "x" * 257},
            "secret token contains unallowed characters",
        ),
        (
            "setWebhook",
            {"secret_token": "A-z_09"},
            {"secret_token": "a b"},
            "secret token contains unallowed characters",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
async def test_the_last_that_is_allowed_is_taken_and_the_next_refused(
    playground: Playground,
    call: Call,
    method: str,
    taken: dict[str, Any],
    refused: dict[str, Any],
    description: str,
) -> None:
    """A bot that passes here passes at Telegram."""
    await playground.send_text(playground.private, playground.ana, "hello")
    chat = {"chat_id": playground.ana.id}
    assert (await call(method, **chat, **taken))["ok"]
    body = await call(method, **chat, **refused)
    assert (body["error_code"], body["description"]) == (400, f"Bad Request: {description}")


@pytest.mark.asyncio(loop_scope="session")
async def test_captions_answers_and_reactions_have_their_limits(
    playground: Playground, call: Call, png: bytes
) -> None:
    """1024 characters under a photo, 200 in an answer to a press, one reaction."""
    message = await playground.send_photo(playground.private, playground.ana, png)
    chat = {"chat_id": playground.ana.id}
    photo = {"photo": message.file_id}
    assert (await call("sendPhoto", **chat, **photo, caption="😀" * 512))["ok"]
    body = await call("sendPhoto", **chat, **photo, caption="😀" * 512 + "x")
    assert body["description"] == "Bad Request: message caption is too long"
    assert "MESSAGE_TOO_LONG" in (await call("answerCallbackQuery", text="x" * 201))["description"]
    assert "too old" in (await call("answerCallbackQuery", text="x" * 200))["description"]
    one = {"type": "emoji", "emoji": "👍"}
    place = {**chat, "message_id": message.id}
    assert (await call("setMessageReaction", **place, reaction=[one]))["ok"]
    assert "TOO_MANY" in (await call("setMessageReaction", **place, reaction=[one, one]))["description"]


@pytest.mark.asyncio(loop_scope="session")
async def test_an_album_has_two_to_ten_items_of_one_kind(
    playground: Playground, call: Call, png: bytes
) -> None:
    """Neither one nor eleven, and no photo beside a document."""
    message = await playground.send_photo(playground.private, playground.ana, png)
    item = {"type": "photo", "media": message.file_id}
    for count, is_taken in ((1, False), (2, True), (10, True), (11, False)):
        assert (await call("sendMediaGroup", chat_id=playground.ana.id, media=[item] * count))[
            "ok"
        ] == is_taken


@pytest.mark.asyncio(loop_scope="session")
async def test_files_are_taken_up_to_their_limits(playground: Playground, png: bytes) -> None:
    """10 MiB of a photo, 50 MiB of a document; sides of 10,000 together, at most twenty to one."""
    world = playground.world
    assert (PHOTO_LIMIT, DOCUMENT_LIMIT) == (10 * 2**20, 50 * 2**20)
    assert _store_photo(world, png.ljust(PHOTO_LIMIT, b"\0"), "", "").width == 64
    with pytest.raises(ApiError, match="too big for a photo"):
        _store_photo(world, png.ljust(PHOTO_LIMIT + 1, b"\0"), "", "")
    whole = bytes(DOCUMENT_LIMIT + 1)
    assert _store_document(world, whole[:-1], "a", "").file_size == DOCUMENT_LIMIT
    with pytest.raises(ApiError, match="too big"):
        _store_document(world, whole, "a", "")
    for width, height, is_taken in (
        (9000, 1000, True),
        (9001, 1000, False),
        (200, 10, True),
        (201, 10, False),
    ):
        content = png[:16] + width.to_bytes(4, "big") + height.to_bytes(4, "big") + png[24:]
        if is_taken:
            assert _store_photo(world, content, "", "").height == height
        else:
            with pytest.raises(ApiError, match="PHOTO_INVALID_DIMENSIONS"):
                _store_photo(world, content, "", "")


def test_a_bot_downloads_up_to_twenty_megabytes() -> None:
    """What a file says of its size counts, as Telegram says it."""
    files = FileStore(keep=5)
    assert DOWNLOAD_LIMIT == 20_000_000
    at_limit = files.add(b"x", "document", declared_size=20_000_000)
    beyond = files.add(b"x", "document", declared_size=20_000_001)
    assert files.open_link(at_limit.id)["file_path"] == at_limit.path
    with pytest.raises(ApiError, match="file is too big"):
        files.open_link(beyond.id)


def test_a_link_works_only_after_it_was_asked_for_and_for_its_time() -> None:
    """And not once newer files have taken the place of its bytes."""
    files = FileStore(keep=2, link_lifetime=60)
    first = files.add(b"1", "photo")
    with pytest.raises(ApiError):
        files.follow_link(first.path)
    files.open_link(first.id)
    assert files.follow_link(first.path).content == b"1"
    first.link_expires_at = time.monotonic()
    with pytest.raises(ApiError):
        files.follow_link(first.path)
    files.add(b"2", "photo")
    files.open_link(first.id)
    files.add(b"3", "photo")
    with pytest.raises(ApiError):
        files.follow_link(first.path)
    with pytest.raises(ApiError, match="temporarily unavailable"):
        files.open_link(first.id)


@pytest.mark.parametrize("extension", ["jpg", "JPG", "tar.gz", "a/b", "é", "x y", ""])
def test_a_path_carries_no_extension_that_is_not_safe(extension: str) -> None:
    """Letters and digits of ASCII."""
    path = FileStore(keep=1).add(b"x", "document", name=f"a.{extension}").path
    known = {"jpg": ".jpg", "JPG": ".jpg", "tar.gz": ".gz"}
    assert path == f"documents/file_1{known.get(extension, '')}"


def fill(queue: UpdateQueue, count: int) -> list[int]:
    return [queue.put("message", {"chat": {"id": 1}}) or 0 for _ in range(count)]


async def test_one_answer_holds_at_most_a_hundred_updates() -> None:
    """Or as many as were asked for; an offset confirms all below it."""
    queue = UpdateQueue()
    numbers = fill(queue, 130)
    assert len(await queue.poll(0, 100, 0)) == 100
    assert [update.id for update in await queue.poll(0, 3, 0)] == numbers[:3]
    assert [update.id for update in await queue.poll(numbers[3], 1, 0)] == [numbers[3]]
    assert len(queue) == 127
    queue.confirm(-2)
    assert [update.id for update in await queue.poll(0, 9, 0)] == numbers[-2:]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("limit", "count"), [(1, 1), (100, 100), (0, 100), (101, 100), (-5, 100)])
async def test_a_limit_beyond_a_hundred_is_a_hundred(
    playground: Playground, call: Call, limit: int, count: int
) -> None:
    """As at Telegram, which refuses none."""
    fill(playground.world.updates, 110)
    assert len((await call("getUpdates", limit=limit))["result"]) == count


async def test_a_poll_waits_at_most_fifty_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a bot asks for."""
    waited = []

    async def wait(future: asyncio.Future[None], seconds: float) -> None:
        waited.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(asyncio, "wait_for", wait)
    queue = UpdateQueue()
    for seconds in (49, 50, 51, 600):
        assert await queue.poll(0, 100, seconds) == []
    assert waited == [49, 50, 50, 50]


@pytest.mark.parametrize("kind", ["chat_member", "message_reaction", "message_reaction_count"])
def test_some_kinds_come_only_to_whoever_lists_them(kind: str) -> None:
    """And who lists some gets no others."""
    queue = UpdateQueue()
    assert queue.put(kind, {}) is None
    assert queue.put("message", {}) is not None
    queue.allowed = (kind,)
    assert queue.put(kind, {}) is not None
    assert queue.put("message", {}) is None


async def test_a_webhook_has_forty_connections_unless_it_says() -> None:
    """And lies on this machine."""
    webhook = Webhook(UpdateQueue())
    for url in ("http://example.org/", "ftp://127.0.0.1/", "https://127.0.0.1.example.org/"):
        with pytest.raises(ApiError, match="this machine only"):
            webhook.set(url, "", 0)
    for connections, expected in ((0, 40), (7, 7)):
        webhook.set("http://127.0.0.1:9/", "", connections)
        assert webhook.to_json()["max_connections"] == expected
    webhook.stop()


def nest(depth: int) -> str:
    return "[" * depth + "]" * depth


def test_json_is_nested_a_hundred_deep_and_no_deeper() -> None:
    """Encoding it again would fail."""
    assert json.dumps(load_json(nest(100))) == nest(100)
    for depth in (101, 100_000):
        with pytest.raises(ValueError, match="nested too deeply"):
            load_json(nest(depth))
    with pytest.raises(ValueError, match="nested too deeply"):
        load_json('{"a":' * 101 + "1" + "}" * 101)


@pytest.mark.parametrize(
    ("text", "kind", "length"),
    [
        ("/" + "a" * 64, "bot_command", 65),
        ("/" + "a" * 65, None, 0),
        ("/go@abc", "bot_command", 7),
        ("/go@" + "a" * 32, "bot_command", 36),
        ("@abc", "mention", 4),
        ("@ab", None, 0),
        ("@" + "a" * 32, "mention", 33),
        ("#1a", "hashtag", 3),
        ("#12", None, 0),
        ("https://x.org/@ana.", "url", 18),
        ("a@b.org", "email", 7),
    ],
)
def test_what_telegram_finds_in_a_text(text: str, kind: str | None, length: int) -> None:
    """Names have three letters or more and 32 at most, commands 64."""
    found = [(entity["type"], entity["length"]) for entity in find_entities(text)]
    assert found == ([(kind, length)] if kind else [])


def test_a_command_is_for_the_bot_that_it_names() -> None:
    """At the beginning of the text, and whatever the case."""
    for text, is_for_bot in (
        ("/go", True),
        ("/go@My_Bot now", True),
        ("/go@my_bot", True),
        ("/go@other_bot", False),
        ("well /go", False),
    ):
        assert is_addressed_command(text, find_entities(text), "my_bot") == is_for_bot
    for text, is_so in (("😀 @My_Bot?", True), ("@other_bot", False), ("my_bot", False)):
        assert is_mentioned(text, find_entities(text), "my_bot") == is_so


@pytest.mark.parametrize(
    ("offset", "length", "is_taken"), [(0, 4, True), (2, 2, True), (0, 5, False), (-1, 2, False)]
)
def test_an_entity_ends_with_its_text(offset: int, length: int, is_taken: bool) -> None:
    """Counted in UTF-16: an emoji is two."""
    entities = [{"type": "bold", "offset": offset, "length": length}]
    if is_taken:
        assert check_entities("a😀b", entities) == entities
    else:
        with pytest.raises(ApiError, match="ENTITY_BOUNDS_INVALID"):
            check_entities("a😀b", entities)


def test_entities_move_with_the_blanks_that_are_cut() -> None:
    """At both ends; what covers only blanks goes."""
    entities = [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "italic", "offset": 0, "length": 2},
        {"type": "code", "offset": 3, "length": 9},
    ]
    text, found = finish_entities("  ab cd  ", entities)
    assert text == "ab cd"
    assert found == [
        {"type": "bold", "offset": 0, "length": 2},
        {"type": "code", "offset": 1, "length": 4},
    ]


def test_only_so_many_calls_are_remembered() -> None:
    """The newest; all are counted."""
    log = CallLog(keep=2)
    for number in range(3):
        log.record("getMe", {"n": str(number)}, {})
    assert [call.parameters["n"] for call in log.calls("GETME")] == ["1", "2"]
    assert log.counts["getMe"] == 3


def test_a_fault_comes_as_often_and_as_late_as_was_ordered() -> None:
    """Two calls pass, two fail; those of another chat or method are not counted."""
    faults = Faults()
    faults.add(Fault("forbidden", "sendMessage", count=2, skip=2, chat_id=7))
    said = [faults.take(method, chat) for method, chat in [("getMe", "7"), ("sendMessage", "8")] * 3]
    assert said == [None] * 6
    assert [bool(faults.take("SENDMESSAGE", "7")) for _ in range(5)] == [False, False, True, True, False]
    forever = faults.add(Fault("reset", count=-1))
    assert [faults.take("getMe") for _ in range(5)] == [forever] * 5
    assert faults.take("download") is None, "a star is every method, and no download"
    with pytest.raises(ValueError, match="unknown field"):
        read_fault({"kind": "reset", "more": 1})


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("127.0.0.1:80", True), ("localhost", True), ("[::1]:1", True), ("127.0.0.2", False), ("", False),
     ("x.localhost", False), ("[::1", False), ("127.0.0.1.x.org", False)],
)  # fmt: skip
def test_only_this_machine_is_this_machine(host: str, is_here: bool) -> None:
    """A name that somebody lets resolve to it is none of its names."""
    assert is_loopback_host(host) == is_here


class Request:
    """What has arrived of a request when it is checked."""

    def __init__(self, path: str = "/", host: str = "127.0.0.1:1", **headers: str) -> None:
        self.path, self.host, self.protocol = path, host, "http"
        self.headers = {name.replace("_", "-").title(): value for name, value in headers.items()}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (Request(), None),
        (Request(host="example.org"), 403),
        (Request(origin="http://127.0.0.1:1"), None),
        (Request(origin="http://127.0.0.1:2"), 403),
        (Request(origin="https://127.0.0.1:1"), 403),
        (Request(origin="null"), 403),
        (Request(content_length=str(2**20)), None),
        (Request(content_length=str(2**20 + 1)), 413),
        (Request(transfer_encoding="chunked"), 413),
        (Request("/bot1:x/sendPhoto", content_length=str(2**30)), None),
        (Request("/playground/messages", content_length=str(2**30)), None),
        (Request("/playground/press", content_length=str(2**30)), 413),
    ],
)
def test_a_request_is_refused_before_its_body_is_read(request_: Any, status: int | None) -> None:
    """From another host or page, or with a body that nobody here needs."""
    refusal = _find_refusal(request_)
    assert (refusal and refusal[0]) == status


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("size", [(1, 1), (300, 2), (2, 300)])
def test_the_size_of_a_picture_is_read_from_its_header(image_format: str, size: tuple[int, int]) -> None:
    """Width before height, in every format; of a header that is cut off there is none."""
    for mode in ("RGB", "RGBA") if image_format in {"PNG", "WEBP"} else ("RGB",):
        for options in ({}, {"lossless": True}) if image_format == "WEBP" else ({},):
            file = io.BytesIO()
            Image.new(mode, size).save(file, image_format, **options)
            assert read_picture_size(file.getvalue()) == size
            assert read_picture_size(file.getvalue()[:9]) is None
