"""Who opened the Mini App: Telegram's signature, its age, and each person's own limit."""

from __future__ import annotations

import time
from urllib.parse import urlencode

import httpx
import pytest
from bot_fakes import PICTURE, ScriptedClassifier
from live_steps import TOKEN, serve_live_page, sign_init_data

from bot.api.init_data import InitDataCheck, InitDataError, OldInitDataError

OTHER_TOKEN = "987654321:BBabcdefghijklmnopqrstuvwxyz0123456"
CHECK = InitDataCheck([TOKEN])


def test_what_telegram_signed_names_the_person():
    """For whichever bot of the program; strange signs in a name change nothing."""
    both = InitDataCheck([OTHER_TOKEN, TOKEN])

    assert CHECK.read_user_id(sign_init_data()) == 77
    assert both.read_user_id(sign_init_data()) == 77
    assert both.read_user_id(sign_init_data(OTHER_TOKEN)) == 77


def write_what_telegram_did_not_sign() -> list[str]:
    """Forged, for another bot, changed, with more or fewer fields, or without a person."""
    signed = sign_init_data()
    return [
        "",
        "hash=",
        "nonsense",
        "%ff%fe=1&hash=00",
        sign_init_data(OTHER_TOKEN),
        signed.replace("77", "78"),
        signed + "&user=%7B%22id%22%3A1%7D",
        signed + "&more=1",
        signed.replace("hash=", "hash=0"),
        "&".join(f"a{number}=1" for number in range(1_000)) + "&" + signed,
        urlencode({"hash": "é" * 64, "auth_date": "1"}),
        sign_init_data(user=None),
        sign_init_data(user="{"),
        sign_init_data(user="[]"),
        sign_init_data(user='{"id": "77"}'),
        sign_init_data(user='{"id": true}'),
    ]


@pytest.mark.parametrize("number", range(len(write_what_telegram_did_not_sign())))
def test_what_telegram_did_not_sign_is_refused(number: int):
    """Written when its turn comes: what was signed an hour ago is refused for that."""
    with pytest.raises(InitDataError, match="Open it from"):
        CHECK.read_user_id(write_what_telegram_did_not_sign()[number])


@pytest.mark.parametrize("auth_date", [None, "", "soon", "-1", "²", "1662771648", "+99999999999", "9" * 40])
def test_an_old_signature_is_refused(auth_date: str | None):
    """So is one from the future, or without a time."""
    with pytest.raises(OldInitDataError, match="open it from the chat again"):
        CHECK.read_user_id(sign_init_data(auth_date=auth_date))


def test_an_hour_is_not_old():
    """And clocks differ by a little."""
    for seconds in (-30, 0, 3_500):
        assert CHECK.read_user_id(sign_init_data(auth_date=str(int(time.time()) - seconds))) == 77


async def test_frames_are_taken_from_whoever_telegram_names():
    """Over HTTP: a valid page is answered, a forged one, an old one and a blocked person are not."""
    classifier = ScriptedClassifier()
    old, blocked = sign_init_data(auth_date="1662771648"), sign_init_data(user='{"id": 13}')
    async with (
        serve_live_page(classifier, admits=lambda chat: chat != 13) as address,
        httpx.AsyncClient(timeout=60) as client,
    ):
        answers = [
            await client.post(
                httpx.URL(address).join("/v1/faces"),
                content=PICTURE,
                headers={"Authorization": f"tma {init_data}"},
            )
            for init_data in (sign_init_data(), sign_init_data(OTHER_TOKEN), old, blocked)
        ]

    kinds = [answer.json()["error"] and answer.json()["error"]["kind"] for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 401, 401, 403]
    assert kinds == [None, "unauthorized", "expired", "not_admitted"]
    assert len(classifier.asked) == 1


async def test_each_person_has_their_own_limit(monkeypatch: pytest.MonkeyPatch):
    """Whoever sends too many frames is told when to go on; another person is answered meanwhile."""
    monkeypatch.setattr("bot.api.callers._FRAMES_PER_MINUTE", 2)
    async with serve_live_page(ScriptedClassifier()) as address, httpx.AsyncClient(timeout=60) as client:
        statuses = [
            (
                await client.post(
                    httpx.URL(address).join("/v1/faces"),
                    content=PICTURE,
                    headers={"Authorization": f"tma {sign_init_data(user=user)}"},
                )
            ).status_code
            for user in ('{"id": 1}', '{"id": 1}', '{"id": 1}', '{"id": 2}')
        ]

    assert statuses == [200, 200, 429, 200]


async def test_a_frame_is_small():
    """A page sends pictures of some hundred kilobytes; a megabyte is no frame."""
    async with serve_live_page(ScriptedClassifier()) as address, httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            httpx.URL(address).join("/v1/faces"),
            content=bytes(1_500_000),
            headers={"Authorization": f"tma {sign_init_data()}"},
        )

    assert answer.status_code == 413
