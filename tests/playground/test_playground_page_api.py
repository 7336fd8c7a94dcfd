"""The page's side of the server: its door and its events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from playground import Playground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def page(playground: Playground) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=playground.api_url, timeout=5) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/playground/state", "/bot123:abc/getMe"])
async def test_other_hosts_are_refused(page: httpx.AsyncClient, path: str) -> None:
    """A name that was rebound to this machine opens nothing."""
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost@evil.example"):
        assert (await page.get(path, headers={"Host": host})).status_code in {400, 403}


@pytest.mark.parametrize(
    "path", ["/playground/messages", "/playground/actions/add_bot", "/playground/faults"]
)
async def test_other_sites_are_refused(page: httpx.AsyncClient, path: str) -> None:
    """Another site's page cannot make the browser act here."""
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1"):
        assert (await page.post(path, json={}, headers={"Origin": origin})).status_code == 403


async def test_a_public_address_is_refused() -> None:
    """The playground never listens beyond this machine."""
    with pytest.raises(ValueError, match="this machine only"):
        Playground("0.0.0.0")  # noqa: S104 - the very thing it must refuse


async def test_the_page_loads_nothing_from_elsewhere(page: httpx.AsyncClient) -> None:
    """Every file of the page carries a policy without inline code or other hosts."""
    for path in ("/", "/page/app.js", "/page/base.css", "/page/mark.svg"):
        answer = await page.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert answer.status_code == 200
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


@pytest.mark.parametrize("name", ["..%2fserver.py", "server.py", "app.py", "nothing.js"])
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
