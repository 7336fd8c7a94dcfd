"""The live page in a real browser with a fake camera: what it says before, shows, and leaves behind."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from contextlib import AsyncExitStack
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import pytest_asyncio
from bot_fakes import ScriptedClassifier, build_face, until
from live_steps import build_camera_flags, serve_live_page, sign_init_data, write_film
from playwright.async_api import expect

from bot.config.settings import LANGUAGES
from bot.runtime.serving_api import start_local_page
from classifier.types import BusyError
from tests.conftest import CHROMIUM, CHROMIUM_FLAGS, PAGE_TIMEOUT, open_pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bot_fakes import SharedClassifier
    from playwright.async_api import Browser, Page

    from bot.runtime.serving import RunningBot
    from playground import Playground

    OpenLive = Callable[..., Awaitable[Page]]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ROOT = Path(__file__).parents[3]
PAGE = ROOT / "bot/api/page"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def camera_browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A Chromium whose camera shows the astronaut."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"needs {CHROMIUM}: install Debian's package `chromium`")
    from playwright.async_api import async_playwright  # slow, and only browser tests need it

    film = tmp_path_factory.mktemp("film") / "astronaut.mjpeg"
    write_film(film)
    flags = [*CHROMIUM_FLAGS, *build_camera_flags(film)]
    expect.set_options(timeout=PAGE_TIMEOUT)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_live(camera_browser: Browser) -> AsyncIterator[OpenLive]:
    """Open the page in contexts that may use the camera.

    What the page is told by the API's status is no complaint.
    """
    usual = {"viewport": {"width": 1200, "height": 900}, "permissions": ["camera"]}
    async with open_pages(camera_browser, usual, ignored="Failed to load resource") as open_live:
        yield open_live


async def until_drawn(page: Page, canvas: str, least: int) -> None:
    """Wait until a canvas shows more than so many pixels."""
    await page.wait_for_function(
        """([name, least]) => {
          const canvas = document.getElementById(name);
          if (!canvas.width) return false;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, place) => place % 4 === 3 && value > 0).length > least;
        }""",
        arg=[canvas, least],
    )


async def count_requests(page: Page) -> int:
    """Count what the page has asked of the server since `watch_requests`, by the page's own clock."""
    count: int = await page.evaluate("window.requests")
    return count


async def watch_requests(page: Page) -> None:
    """Have the page itself count what it asks: what the server sees may be of a while ago."""
    await page.evaluate(
        """() => {
          const fetch = window.fetch;
          window.requests = 0;
          window.fetch = (...given) => { window.requests++; return fetch(...given); };
        }"""
    )


async def test_a_face_is_boxed_named_and_remembered_for_half_a_minute(
    real_classifier: SharedClassifier, open_live: OpenLive
):
    """The real classifier behind it: the words, the box, the line, and how fast."""
    async with serve_live_page(real_classifier) as address:
        page = await open_live(address)
        await page.get_by_role("button", name="Open the camera").click()
        await expect(page.get_by_role("status")).to_have_text(re.compile(r"^looks happy \d\d%$"))
        await expect(page.locator("#rate")).to_have_text(re.compile(r"^\d+/s · \d+ ms$"))
        await until_drawn(page, "boxes", 1_000)
        await until_drawn(page, "line", 500)
        await expect(page.locator("#trouble")).to_be_empty()


async def test_nothing_is_sent_before_the_camera_is_asked_for_or_after_it_is_stopped(open_live: OpenLive):
    """The page says first what it does and keeps; one picture is in flight; stopping ends it all."""
    classifier = ScriptedClassifier(may_answer=asyncio.Event())
    async with serve_live_page(classifier) as address:
        page = await open_live(address)
        for sentence in ("automatic system", "none is stored", "on this page only"):
            await expect(page.locator("#before li").filter(has_text=sentence)).to_be_visible()
        assert classifier.asked == []
        await watch_requests(page)
        await page.get_by_role("button", name="Open the camera").click()
        await until(lambda: classifier.asked)
        await page.wait_for_timeout(400)
        assert await count_requests(page) == 1, "the next one waits for the answer"
        classifier.may_answer.set()
        await expect(page.get_by_role("status")).to_have_text(re.compile("looks happy"))
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator("#stage")).to_be_hidden()
        sent = await count_requests(page)
        await page.wait_for_timeout(500)
        ended = await page.evaluate("document.getElementById('video').srcObject")
        assert await count_requests(page) == sent

    assert set(classifier.low_priority) == {True}
    assert ended is None
    assert all(photo.startswith(b"\xff\xd8") and len(photo) < 200_000 for photo in classifier.asked)


async def test_the_keyboard_is_enough(open_live: OpenLive):
    """Tab and Enter open the camera, and the focus is where it is stopped again."""
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(address)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Stop")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Open the camera")).to_be_focused()


async def test_a_camera_that_is_not_allowed_is_told_with_what_to_do(open_live: OpenLive):
    """The sentence says where; the button stays."""
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(address, permissions=[])
        await page.get_by_role("button", name="Open the camera").click()
        await expect(page.get_by_role("alert")).to_contain_text("was not allowed. Allow it for this page")
        await expect(page.get_by_role("button", name="Open the camera")).to_be_enabled()


async def test_no_camera_at_all_is_told_with_what_to_do(open_live: OpenLive):
    """As on a desktop without one."""
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(address)
        await page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
        await page.get_by_role("button", name="Open the camera").click()
        await expect(page.get_by_role("alert")).to_contain_text("No camera can be used.")


async def test_busy_workers_and_a_bot_that_is_gone_are_told_and_waited_for(open_live: OpenLive):
    """Photos go first, which the page says; when there is time again it goes on by itself."""
    classifier = ScriptedClassifier(errors=[BusyError("Other photos go first.") for _ in range(600)])
    async with serve_live_page(classifier) as address:
        page = await open_live(address)
        await page.route("**/v1/faces", lambda route: route.abort())
        await page.get_by_role("button", name="Open the camera").click()
        await expect(page.get_by_role("alert")).to_contain_text("can't be reached")
        await page.unroute("**/v1/faces")
        await expect(page.get_by_role("alert")).to_contain_text("Photos in chats go first")
        classifier.errors.clear()
        await expect(page.get_by_role("status")).to_have_text(re.compile("looks happy"))
        await expect(page.locator("#trouble")).to_be_empty()


async def test_a_page_that_was_opened_too_long_ago_closes_its_camera(open_live: OpenLive):
    """And says how to go on."""
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(build_mini_app_address(address, auth_date="1662771648"))
        await page.get_by_role("button", name="Open the camera").click()
        await expect(page.get_by_role("alert")).to_contain_text("opened too long ago")
        await expect(page.locator("#stage")).to_be_hidden()
        assert await page.evaluate("document.getElementById('video').srcObject") is None


def build_mini_app_address(address: str, **changes: str) -> str:
    """Give the page the fragment that Telegram gives a Mini App."""
    fragment = httpx.QueryParams({"tgWebAppData": sign_init_data(**changes), "tgWebAppVersion": "9.1"})
    return f"{address.partition('#')[0]}#{fragment}"


async def test_as_a_mini_app_the_page_shows_what_telegram_signed(open_live: OpenLive):
    """The signature goes with each picture; no key is needed."""
    classifier = ScriptedClassifier(faces=(build_face(0.1), build_face(0.9, sure=False, x=100)))
    async with serve_live_page(classifier, page_key="") as address:
        page = await open_live(build_mini_app_address(address))
        await page.get_by_role("button", name="Open the camera").click()
        await expect(page.get_by_role("status")).to_have_text("looks sad 90% · hard to tell")


@pytest.mark.parametrize("language", ["en", "de", "ar"])
async def test_a_phone_shows_all_of_it_in_its_language(open_live: OpenLive, language: str):
    """At 390 pixels nothing overflows, before and after; Arabic runs from the right."""
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(
            address, locale=language, color_scheme="dark", reduced_motion="reduce", **phone
        )
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await page.locator("#open").click()
        await expect(page.get_by_role("status")).to_have_text(re.compile(r"\d"))
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        html = page.locator("html")
        await expect(html).to_have_attribute("lang", language)
        await expect(html).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")


async def test_the_page_has_its_words_in_every_language_and_loads_nothing_from_elsewhere():
    """No placeholder is left, no address leads away, and the policy allows this server alone."""
    async with serve_live_page(ScriptedClassifier()) as address, httpx.AsyncClient(timeout=60) as client:
        for language in LANGUAGES:
            answer = await client.get(address, params={"language": language})
            assert f'lang="{language}"' in answer.text
            assert "{{" not in answer.text
            assert not re.search(r'(src|href)="(https?:|//|/)', answer.text)
        policy = answer.headers["Content-Security-Policy"]
        missing = await client.get(httpx.URL(address).join("/live/index.html"))
        above = await client.get(httpx.URL(address).join("/live/..%2f__init__.py"))

    assert "default-src 'none'; script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Permissions-Policy"].startswith("camera=(self), microphone=()")
    assert (missing.status_code, above.status_code) == (404, 404)
    for script in PAGE.glob("*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|eval\(", script.read_text(encoding="utf-8")
        )


async def follow(page: Page, looks: list[list[dict[str, Any]]], step: float = 66.0) -> list[list[Any]]:
    """Have the page's tracks follow pictures that come each `step` ms; give each face's [id, word, share]."""
    said: list[list[Any]] = await page.evaluate(
        """async ([looks, step]) => {
          const { Tracks } = await import("/live/tracks.js");
          const tracks = new Tracks();
          return looks.map((faces, number) =>
            tracks.update(faces, number * step).map(({ id, word, share }) => [id, word, share]));
        }""",
        [looks, step],
    )
    return said


def look(probability: float, *, sure: bool = True, x: float = 0) -> dict[str, Any]:
    """Build a face as the API answers it."""
    return {"box": [x, 0, 100, 120], "probability_happy": probability, "sure": sure}


async def test_words_do_not_flicker(open_live: OpenLive):
    """A face on the border keeps its word; one that changes is given the other within a second, once."""
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(address)
        border = await follow(page, [[look(0.6)]] + [[look(0.44 + 0.12 * (n % 2))] for n in range(60)])
        doubt = await follow(page, [[look(0.9, sure=n % 2 == 0)] for n in range(60)])
        change = await follow(page, [[look(0.95)]] * 15 + [[look(0.05)]] * 30)

    words = {name: [said[0][1] for said in run] for name, run in (("border", border), ("doubt", doubt))}
    assert set(words["border"]) == {"happy"}
    assert len({*words["doubt"]}) == 1, "every second look is unsure: the word stays"
    changed = [said[0][1] for said in change]
    assert sum(one != other for one, other in pairwise(changed)) == 1
    assert changed.index("sad") - 15 < 15


async def test_faces_are_followed_by_where_they_are(open_live: OpenLive):
    """A face that moves stays itself, whichever is named first; one that leaves is gone in a second."""
    looks = [[look(0.9, x=5.0 * n), look(0.1, x=400)][:: 1 - 2 * (n % 2)] for n in range(20)]
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(address)
        said = await follow(page, looks + [[look(0.1, x=400)]] * 15)

    assert {tuple(face[:2]) for faces in said[:20] for face in faces} == {(1, "happy"), (2, "sad")}
    assert [face[0] for face in said[-1]] == [2]


async def test_a_share_is_never_certain_and_changes_at_leisure(open_live: OpenLive):
    """As in chats 99% is the most; a number that changes at each look cannot be read."""
    async with serve_live_page(ScriptedClassifier()) as address:
        page = await open_live(address)
        said = await follow(page, [[look(1.0 - 0.01 * (n % 20))] for n in range(60)])

    shares = [faces[0][2] for faces in said]
    changes = sum(one != other for one, other in pairwise(shares))
    assert max(shares) == 0.99
    assert changes <= 60 * 66 / 400


async def test_the_playground_links_to_the_page_of_the_bot(
    bot: RunningBot, playground: Playground, open_live: OpenLive
):
    """A button beside the settings opens it in a tab of its own; without a page there is none."""
    page = await open_live(playground.page_url)
    await expect(page.get_by_role("link", name="Live camera")).to_have_count(0)
    async with AsyncExitStack() as stack:
        playground.world.live_url = await start_local_page(stack, bot.services)
        await page.reload()
        async with page.expect_popup() as opening:
            await page.get_by_role("link", name="Live camera").click()
        live = await opening.value
        await live.get_by_role("button", name="Open the camera").click()
        await expect(live.get_by_role("status")).to_have_text(re.compile("looks happy"))
        await live.close()


async def test_a_bot_without_it_loads_none_of_it():
    """Neither its code nor its start-up time."""
    script = (
        "import sys, bot.app, bot.runtime.serving, bot.runtime.receiving\n"
        "print([name for name in sys.modules if name.startswith('bot.api')])"
    )
    command = [sys.executable, "-c", script]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
