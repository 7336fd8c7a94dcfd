"""The page's side of the server: its door and its events."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx
import pytest
import pytest_asyncio
from no_tls import NO_TLS

from playground import Playground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def page(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=playground.api_url, timeout=60, verify=NO_TLS) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/playground/state", "/bot123:abc/getMe"])
async def test_other_hosts_are_refused(page: httpx.AsyncClient, path: str) -> None:
    """A name that was rebound to this machine opens nothing."""
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::1", "[evil]"):
        assert (await page.get(path, headers={"Host": host})).status_code in {400, 403}


@pytest.mark.parametrize(
    "path", ["/playground/messages", "/playground/actions/add_bot", "/playground/faults"]
)
async def test_other_sites_are_refused(page: httpx.AsyncClient, path: str) -> None:
    """Another site's page cannot make the browser act here."""
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert (await page.post(path, json={}, headers={"Origin": origin})).status_code == 403


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/playground/messages", {"Origin": "https://evil.example"}, 403),
        ("/playground/messages", {"Host": "evil.example"}, 403),
        ("/bot123:abc/sendPhoto", {"Origin": "https://evil.example"}, 403),
        ("/playground/actions/edit", {}, 413),
    ],
)
async def test_a_large_body_is_refused_before_it_is_read(
    playground: Playground, path: str, headers: dict[str, str], status: int
) -> None:
    """Who may not send 99 MB hears so from the headers alone, and the connection ends."""
    reader, writer = await asyncio.open_connection(playground.host, playground.port)
    lines = {"Host": f"127.0.0.1:{playground.port}", "Content-Length": "99000000"} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


async def test_no_answer_names_the_server(page: httpx.AsyncClient, playground: Playground) -> None:
    """Pages, calls, refusals and errors carry no ``Server`` header."""
    for path in ("/", "/nowhere", "/page/nothing.js", "/playground/state", f"/bot{playground.token}/getMe"):
        for headers in ({}, {"Host": "evil.example"}):
            assert "Server" not in (await page.get(path, headers=headers)).headers


async def test_deep_json_is_a_bad_request(page: httpx.AsyncClient, playground: Playground) -> None:
    """60,000 lists in each other exhaust no stack, wherever JSON is read."""
    await playground.send_text(playground.private, playground.ana, "hello")
    deep = "[" * 60_000 + "]" * 60_000
    nested = f'{{"chat_id": {playground.ana.id}, "text": "x", "reply_markup": {deep}}}'
    in_form = {"chat_id": str(playground.ana.id), "text": "x", "reply_markup": deep}
    headers = {"Content-Type": "application/json"}
    address = f"/bot{playground.token}/sendMessage"
    for answer in (
        await page.post("/playground/actions/edit", content=deep, headers=headers),
        await page.post("/playground/faults", content=deep, headers=headers),
        await page.post(address, content=deep, headers=headers),
        await page.post(address, content=nested, headers=headers),
        await page.post(address, data=in_form),
    ):
        assert answer.status_code == 400


async def test_a_public_address_is_refused() -> None:
    """The playground never listens beyond this machine."""
    with pytest.raises(ValueError, match="this machine only"):
        Playground("0.0.0.0")  # noqa: S104 - the very thing it must refuse


async def test_the_page_loads_nothing_from_elsewhere(page: httpx.AsyncClient) -> None:
    """Every file of the page carries a policy without inline code or other hosts."""
    for path in ("/", "/page/scripts/app.js", "/page/styles/base.css", "/page/mark.svg"):
        answer = await page.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status_code == 200
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


@pytest.mark.parametrize(
    "name", ["..%2fstatic_files.py", "../static_files.py", "static_files.py", "scripts/app.py", "nothing.js"]
)
async def test_only_the_pages_files_are_served(page: httpx.AsyncClient, name: str) -> None:
    """No path leads out of the page's folder."""
    assert (await page.get(f"/page/{name}")).status_code == 404


async def test_what_could_run_is_only_downloaded(playground: Playground, page: httpx.AsyncClient) -> None:
    """An SVG or HTML file that a person sends is never shown as such."""
    for content in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>alert(1)</script>"):
        message = await playground.send_document(
            playground.private, playground.ana, content, file_name="a.svg", mime_type="image/svg+xml"
        )
        answer = await page.get(f"/playground/files/{message.file_id}")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_the_page_sends_photos_in_sizes(
    playground: Playground, page: httpx.AsyncClient, png: bytes, astronaut_jpeg: bytes
) -> None:
    """The sizes that the page drew become one photo."""
    fields = {"chat_id": str(playground.ana.id), "user_id": str(playground.ana.id), "caption": "Look"}
    files = [("size", ("0.jpg", png)), ("size", ("1.jpg", astronaut_jpeg))]
    answer = await page.post("/playground/messages", data=fields, files=files)
    message = playground.private.messages[answer.json()["message_id"]]
    assert [size["width"] for size in message.fields["photo"]] == [64, 512]
    assert message.text == "Look"


async def test_events_tell_what_happened_since(playground: Playground, page: httpx.AsyncClient) -> None:
    """The stream begins after the number the page knows."""
    state = (await page.get("/playground/state")).json()
    await playground.send_text(playground.private, playground.ana, "hello")
    async with page.stream("GET", f"/playground/events?since={state['number']}") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                event = json.loads(line.removeprefix("data: "))
                break
    assert (event["kind"], event["data"]["text"]) == ("message", "hello")


async def test_a_page_that_missed_events_is_told_to_start_over(
    playground: Playground, page: httpx.AsyncClient
) -> None:
    """When events are gone the page asks for the state again."""
    for number in range(600):
        await playground.send_text(playground.private, playground.ana, f"message {number}")
    async with page.stream("GET", "/playground/events?since=1") as stream:
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                assert json.loads(line.removeprefix("data: "))["kind"] == "reset"
                break


async def test_nonsense_from_the_page_is_refused(page: httpx.AsyncClient) -> None:
    """Unknown chats, messages and actions are errors, not crashes."""
    for path, order in (
        ("/playground/actions/edit", {"chat_id": 1, "message_id": 2, "text": "x"}),
        ("/playground/actions/press", {"chat_id": "x"}),
        ("/playground/messages", {}),
    ):
        assert (await page.post(path, json=order)).status_code == 400
    assert (await page.post("/playground/actions/fly", json={})).status_code == 404


async def test_a_message_goes_into_a_topic_that_there_is(
    playground: Playground, page: httpx.AsyncClient
) -> None:
    """A page that was open while a forum was changed may name another: nothing is posted then."""
    forum = playground.create_group("Forum", [playground.ana], forum=True)
    topic = playground.create_topic(forum, "Photos")
    fields = {"chat_id": str(forum.id), "user_id": str(playground.ana.id), "text": "Look"}
    for thread_id, status in ((topic, 200), (topic + 1_000, 400)):
        answer = await page.post("/playground/messages", data={**fields, "thread_id": str(thread_id)})
        assert answer.status_code == status
    assert [message.text for message in playground.messages(forum) if message.text == "Look"] == ["Look"]
