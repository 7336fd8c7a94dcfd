"""Calls that Telegram refuses, made by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from conftest import Call

    from playground import Playground

pytestmark = pytest.mark.asyncio(loop_scope="session")
UNKNOWN_FILE = "wrong remote file identifier specified: Wrong string length"


def keyboard(**button: Any) -> dict[str, Any]:
    """Return an inline keyboard of one button."""
    return {"inline_keyboard": [[{"text": "Why?", **button}]]}


LONG_DATA, NO_DATA = keyboard(callback_data="é" * 33), keyboard(callback_data="")
PLAIN_APP, NO_APP = keyboard(web_app={"url": "http://example.org"}), keyboard(web_app="x")
NO_HTTPS = "inline keyboard button Web App URL is invalid: Only HTTPS links are allowed"
REPLY = {"message_id": 99}
FAR_WEBHOOK = "bad webhook: the playground delivers to this machine only"


@pytest.mark.parametrize(
    ("method", "parameters", "description"),
    [
        ("sendMessage", {"chat_id": "", "text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 5, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
        ("sendMessage", {}, "message text is empty"),
        ("sendMessage", {"text": " \n"}, "message text is empty"),
        ("sendMessage", {"text": "😀" * 2049}, "message is too long"),
        ("sendMessage", {"text": "x", "parse_mode": "XML"}, "unsupported parse_mode"),
        ("sendMessage", {"text": "x", "reply_markup": "{"}, "can't parse reply markup JSON object"),
        ("sendMessage", {"text": "x", "reply_markup": "[]"}, "object expected as reply markup"),
        ("sendMessage", {"text": "x", "reply_markup": LONG_DATA}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {"text": "x", "reply_markup": NO_DATA}, "BUTTON_DATA_INVALID"),
        ("sendMessage", {"text": "x", "reply_markup": PLAIN_APP}, NO_HTTPS),
        ("sendMessage", {"text": "x", "reply_markup": NO_APP}, NO_HTTPS),
        ("sendMessage", {"text": "x", "reply_parameters": REPLY}, "message to be replied not found"),
        ("sendMessage", {"text": "x", "message_thread_id": 7}, "message thread not found"),
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendPhoto", {"photo": "nonsense"}, UNKNOWN_FILE),
        ("sendPhoto", {"photo": "https://example.org/a.jpg"}, "failed to get HTTP URL content"),
        ("sendPhoto", {"photo": "x", "caption": "y" * 1025}, "message caption is too long"),
        ("sendDocument", {"document": "nonsense"}, UNKNOWN_FILE),
        ("sendMediaGroup", {"media": []}, "there are no messages to send"),
        ("sendChatAction", {"action": "dancing"}, "wrong parameter action in request"),
        ("getFile", {"file_id": "nonsense"}, "invalid file_id"),
        ("editMessageText", {"text": "x"}, "message identifier is not specified"),
        ("editMessageText", {"message_id": 99, "text": "x"}, "message to edit not found"),
        ("deleteMessage", {"message_id": 99}, "message to delete not found"),
        ("setMessageReaction", {"message_id": 99}, "message to react not found"),
        ("setWebhook", {"url": "https://example.org/"}, FAR_WEBHOOK),
        ("getChatAdministrators", {}, "there are no administrators in the private chat"),
    ],
)  # fmt: skip
async def test_a_bad_request_is_refused_in_telegrams_words(
    playground: Playground, call: Call, method: str, parameters: dict[str, Any], description: str
) -> None:
    """Code 400 and the sentence that Telegram sends."""
    await playground.send_text(playground.private, playground.ana, "hello")
    body = await call(method, **({"chat_id": playground.ana.id} | parameters))
    assert body == {"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}


@pytest.mark.parametrize(
    ("parse_mode", "text", "reason"),
    [
        ("HTML", "<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("HTML", "<b>é</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'),
        ("HTML", "a</b>", "Unexpected end tag at byte offset 1"),
        ("HTML", "é<h1>a</h1>", 'Unsupported start tag "h1" at byte offset 2'),
        ("HTML", "1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("MarkdownV2", "97.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("MarkdownV2", "*a", "Can't find end of Bold entity at byte offset 0"),
        ("Markdown", "a _b", "Can't find end of Italic entity at byte offset 2"),
    ],
)
async def test_bad_markup_is_refused(
    playground: Playground, call: Call, parse_mode: str, text: str, reason: str
) -> None:
    """Text that does not follow its parse mode names what is wrong and where."""
    await playground.send_text(playground.private, playground.ana, "hello")
    body = await call("sendMessage", chat_id=playground.ana.id, text=text, parse_mode=parse_mode)
    assert body["description"] == f"Bad Request: can't parse entities: {reason}"


@pytest.mark.parametrize(
    ("parse_mode", "text", "plain", "entities"),
    [
        ("HTML", "😀 <b>a<i>b</i></b> &lt;", "😀 ab <", [("bold", 3, 2), ("italic", 4, 1)]),
        ("HTML", '<a href="https://a.org?x=1&amp;y">a</a>', "a", [("text_link", 0, 1)]),
        ("HTML", "<code>/help</code> /help", "/help /help", [("code", 0, 5), ("bot_command", 6, 5)]),
        ("MarkdownV2", r"*a* _b_ 97\.", "a b 97.", [("bold", 0, 1), ("italic", 2, 1)]),
        ("MarkdownV2", "[a](https://a.org) `*`", "a *", [("text_link", 0, 1), ("code", 2, 1)]),
        ("", " mail @ana_ and #tag ", "mail @ana_ and #tag", [("mention", 5, 5), ("hashtag", 15, 4)]),
    ],
)
async def test_markup_becomes_entities(
    *, playground: Playground, call: Call, parse_mode: str, text: str, plain: str, entities: list[Any]
) -> None:
    """Offsets count UTF-16 units, in the text without its markup."""
    await playground.send_text(playground.private, playground.ana, "hello")
    body = await call("sendMessage", chat_id=playground.ana.id, text=text, parse_mode=parse_mode)
    found = [(e["type"], e["offset"], e["length"]) for e in body["result"].get("entities", [])]
    assert (body["result"]["text"], found) == (plain, entities)


async def test_limits_are_counted_without_markup(playground: Playground, call: Call) -> None:
    """4096 characters may carry any number of tags."""
    await playground.send_text(playground.private, playground.ana, "hello")
    text = "<b>" + "x" * 4096 + "</b>"
    assert (await call("sendMessage", chat_id=playground.ana.id, text=text, parse_mode="HTML"))["ok"]


async def test_unknown_methods_are_not_found(call: Call) -> None:
    """A method that is none is a 404, in any spelling; known ones are found in any case."""
    assert await call("makeCoffee") == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert (await call("GETME"))["ok"]


@pytest.mark.parametrize(
    ("size", "description"),
    [
        ((6000, 5000), "PHOTO_INVALID_DIMENSIONS"),
        ((30, 1000), "PHOTO_INVALID_DIMENSIONS"),
        (None, "IMAGE_PROCESS_FAILED"),
    ],
)
async def test_telegram_takes_no_odd_photos(
    playground: Playground, size: tuple[int, int] | None, description: str, png: bytes
) -> None:
    """Too large, too long or no picture at all: refused as a photo, taken as a document."""
    await playground.send_text(playground.private, playground.ana, "hello")
    content = b"no picture"
    if size is not None:
        content = png[:16] + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + png[24:]
    address = f"{playground.base_url}{playground.token}"
    async with httpx.AsyncClient(timeout=60) as client:
        form = {"chat_id": str(playground.ana.id)}
        answer = await client.post(f"{address}/sendPhoto", data=form, files={"photo": ("a.png", content)})
        assert answer.json()["description"] == f"Bad Request: {description}"
        answer = await client.post(
            f"{address}/sendDocument", data=form, files={"document": ("a.png", content)}
        )
        assert answer.json()["ok"]


@pytest.mark.parametrize("size", [(50, 1000), (1000, 50), (9500, 500)], ids=str)
async def test_telegram_takes_photos_at_the_limits(
    playground: Playground, size: tuple[int, int], png: bytes
) -> None:
    """Twenty times as long as wide, and sides of 10,000 pixels together, are still a photo."""
    await playground.send_text(playground.private, playground.ana, "hello")
    content = png[:16] + size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big") + png[24:]
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            f"{playground.base_url}{playground.token}/sendPhoto",
            data={"chat_id": str(playground.ana.id)},
            files={"photo": ("a.png", content)},
        )

    assert answer.json()["ok"]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; name=chat_id\r\n\r\n5"),
        ("multipart/form-data", b"--b--"),
        ("application/json", b"{"),
        ("application/json", b"[]"),
    ],
)
async def test_an_unreadable_body_is_a_bad_request(
    playground: Playground, content_type: str, body: bytes
) -> None:
    """A broken multipart or JSON body has the shape of every other refusal."""
    async with httpx.AsyncClient(timeout=60) as client:
        address = f"{playground.base_url}{playground.token}/sendMessage"
        answer = await client.post(address, content=body, headers={"Content-Type": content_type})
    assert answer.status_code == answer.json()["error_code"] == 400
    assert answer.json()["description"].startswith("Bad Request: ")


async def test_parameters_come_in_four_ways(playground: Playground) -> None:
    """Query, form, multipart and JSON say the same."""
    await playground.send_text(playground.private, playground.ana, "hello")
    address = f"{playground.base_url}{playground.token}/sendMessage"
    fields = {"chat_id": str(playground.ana.id), "text": "a b"}
    async with httpx.AsyncClient(timeout=60) as client:
        answers = [
            await client.get(address, params=fields),
            await client.post(address, data=fields),
            await client.post(address, files={name: (None, value) for name, value in fields.items()}),
            await client.post(
                address, content=json.dumps(fields), headers={"Content-Type": "application/json"}
            ),
        ]
    assert [answer.json()["result"]["text"] for answer in answers] == ["a b"] * 4


async def test_a_mini_app_is_opened_in_private_chats_only(call: Call, playground: Playground) -> None:
    """A button for one is refused in a group, as Telegram refuses it."""
    markup = keyboard(web_app={"url": "https://example.org/live"})
    await playground.send_text(playground.private, playground.ana, "hello")
    private = await call("sendMessage", chat_id=playground.ana.id, text="x", reply_markup=markup)
    group = await call("sendMessage", chat_id=playground.group.id, text="x", reply_markup=markup)

    assert private["ok"]
    assert group["description"] == "Bad Request: BUTTON_TYPE_INVALID"
