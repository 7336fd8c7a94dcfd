"""What each caller of the API may do, at its limits."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from api_steps import KEY, KEYS, OTHER_KEY
from bot_fakes import PICTURE, ScriptedClassifier
from live_steps import PAGE_KEY, TOKEN, sign_init_data

from bot.api.bodies import read_body
from bot.api.callers import Caller, Callers, KeysFileError, load_keys
from bot.api.faces_handler import FacesService
from bot.api.init_data import InitDataCheck, InitDataError, OldInitDataError
from bot.api.refusals import RefusalError, build_refusal
from bot.observability.metrics import Metrics
from classifier.types import BusyError, WorkerLostError

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.0
CALLERS = Callers(
    KEYS,
    page_key=PAGE_KEY,
    init_data=InitDataCheck([TOKEN], lambda: NOW),
    admits=lambda chat: chat != 13,
    per_minute=5,
    max_bytes=3_000,
)


def sign(user_id: int = 77, age: float = 0) -> str:
    return sign_init_data(user=f'{{"id": {user_id}}}', auth_date=str(int(NOW - age)))


@pytest.mark.parametrize(
    ("authorization", "caller"),
    [
        (f"Bearer {KEY}", Caller("doorbell", "key doorbell", 5, 4, 3_000)),
        (f"bearer  {OTHER_KEY} ", Caller("website", "key website", 5, 4, 3_000)),
        (f"Bearer {PAGE_KEY}", Caller("live page", "live page", 1_200, 2, 1_000_000)),
        (f"tma {sign(77)}", Caller("telegram", "user 77", 1_200, 2, 1_000_000)),
        (f"TMA {sign(78)}", Caller("telegram", "user 78", 1_200, 2, 1_000_000)),
    ],
)
def test_whoever_may_ask_has_a_share_of_their_own(authorization: str, caller: Caller) -> None:
    """By key or by person, while counts name no person; a live page sends small pictures, but many."""
    assert CALLERS.find(authorization) == caller


@pytest.mark.parametrize(
    ("authorization", "status", "kind"),
    [
        ("", 401, "unauthorized"),
        ("Bearer", 401, "unauthorized"),
        (f"Bearer {KEY}x", 401, "unauthorized"),
        (f"Basic {KEY}", 401, "unauthorized"),
        (KEY, 401, "unauthorized"),
        (f"tma {KEY}", 401, "unauthorized"),
        (f"Bearer {sign(77)}", 401, "unauthorized"),
        (f"tma {sign(77, age=3_601)}", 401, "expired"),
        (f"tma {sign(13)}", 403, "not_admitted"),
    ],
)
def test_nobody_else_may_ask(authorization: str, status: int, kind: str) -> None:
    """And each is told why, in a word for programs."""
    with pytest.raises(RefusalError) as refusal:
        CALLERS.find(authorization)
    assert (refusal.value.status, refusal.value.kind, refusal.value.retry_seconds) == (status, kind, None)


def test_without_a_mini_app_nobody_comes_from_telegram() -> None:
    """Nor from a page where there is none: an empty key opens nothing."""
    callers = Callers(KEYS)
    for authorization in (f"tma {sign()}", "Bearer ", f"Bearer {PAGE_KEY}"):
        with pytest.raises(RefusalError):
            callers.find(authorization)


@pytest.mark.parametrize(
    ("age", "is_taken"), [(3_600, True), (3_601, False), (0, True), (-60, True), (-61, False)]
)
def test_what_opened_the_page_is_at_most_an_hour_old(age: int, *, is_taken: bool) -> None:
    """Clocks may differ by a minute."""
    check = InitDataCheck([TOKEN], lambda: NOW)
    if is_taken:
        assert check.read_user_id(sign(age=age)) == 77
    else:
        with pytest.raises(OldInitDataError):
            check.read_user_id(sign(age=age))


def test_what_is_signed_twice_in_one_query_is_not_read() -> None:
    """A name that occurs twice would leave open which of its values is signed. Fields are few."""
    check = InitDataCheck([TOKEN], lambda: NOW)
    signed = sign()
    with pytest.raises(InitDataError):
        check.read_user_id(f"user=%7B%22id%22%3A1%7D&{signed}")
    with pytest.raises(InitDataError):
        check.read_user_id("&".join([signed, *(f"a{number}=" for number in range(40))]))


@pytest.mark.parametrize(("length", "is_taken"), [(15, False), (16, True), (256, True), (257, False)])
def test_a_key_has_sixteen_signs_or_more(tmp_path: Path, length: int, *, is_taken: bool) -> None:
    """A shorter one could be guessed: only its hash is kept, and that is fast to try."""
    file = tmp_path / "keys"
    file.write_text(f"doorbell:{'k' * length}\n")
    if is_taken:
        assert [key.name for key in load_keys(file)] == ["doorbell"]
    else:
        with pytest.raises(KeysFileError, match="line 1"):
            load_keys(file)


def build_service(metrics: Metrics | None = None) -> FacesService:
    return FacesService(ScriptedClassifier(), CALLERS, metrics or Metrics())


def build_caller(name: str = "a", *, per_minute: int = 100, at_once: int = 100) -> Caller:
    return Caller(name, f"key {name}", per_minute, at_once, max_bytes=3_000)


def test_a_body_may_be_as_long_as_its_picture_in_base64() -> None:
    """And four kilobytes of wrapping; one byte more is refused before it is read, and takes no slot."""
    service, caller = build_service(), build_caller(at_once=1)
    with pytest.raises(RefusalError) as refusal:
        service.admit(caller, 4_000 + 4_096 + 1)
    assert (refusal.value.status, refusal.value.kind) == (413, "too_many_bytes")
    service.admit(caller, 4_000 + 4_096)


def test_of_each_caller_and_of_all_so_many_are_in_hand() -> None:
    """A slot that is released is free again. Who waits for one has used up nothing of their minute."""
    service = build_service()
    one = build_caller("one", at_once=2, per_minute=3)
    for _ in range(2):
        service.admit(one, 0)
    with pytest.raises(RefusalError, match="at the same time") as refusal:
        service.admit(one, 0)
    assert (refusal.value.status, refusal.value.retry_seconds) == (503, 1.0)
    service.release(one)
    service.admit(one, 0)
    for number in range(14):
        service.admit(build_caller(str(number)), 0)
    with pytest.raises(RefusalError, match="at the same time"):
        service.admit(build_caller("the seventeenth"), 0)


def test_a_minute_is_each_callers_own_and_a_refusal_takes_no_slot() -> None:
    """The limit itself is still answered; then it is said when to go on."""
    service = build_service()
    one, other = build_caller("one", per_minute=2, at_once=3), build_caller("other", per_minute=2)
    for _ in range(2):
        service.admit(one, 0)
    with pytest.raises(RefusalError, match="2 pictures a minute") as refusal:
        service.admit(one, 0)
    assert refusal.value.status == HTTPStatus.TOO_MANY_REQUESTS
    assert refusal.value.retry_seconds == pytest.approx(60, abs=5)
    assert service._held.total() == 2
    service.admit(other, 0)


async def test_pictures_of_programs_go_after_those_in_chats() -> None:
    """However many a program sends, people are answered first."""
    classifier = ScriptedClassifier()
    await FacesService(classifier, CALLERS, Metrics()).answer("image/jpeg", PICTURE)
    assert classifier.low_priority == [True]


def test_requests_are_counted_by_name_never_by_person() -> None:
    """Whoever has no key is nobody."""
    metrics = Metrics()
    service = build_service(metrics)
    for caller in (CALLERS.find(f"tma {sign(77)}"), CALLERS.find(f"tma {sign(78)}"), None):
        service.count(caller, "seen")
    sample = metrics.registry.get_sample_value
    assert sample("bot_api_requests_total", {"caller": "telegram", "outcome": "seen"}) == 2
    assert sample("bot_api_requests_total", {"caller": "nobody", "outcome": "seen"}) == 1


def test_only_what_may_pass_is_told_to_come_again() -> None:
    """A picture that ended its worker would do so again."""
    busy, killer = build_refusal(BusyError()), build_refusal(WorkerLostError())
    assert (busy.status, busy.retry_seconds) == (503, 5.0)
    assert (killer.status, killer.retry_seconds) == (422, None)


def test_a_files_name_is_cut_and_holds_no_signs_that_cannot_be_seen() -> None:
    """It is repeated in the answer; some signs turn round what is printed after them."""
    name = "a\u202eb" + "c" * 300
    head = f'--x\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
    sent_name, image_bytes = read_body(
        "multipart/form-data; boundary=x", head.encode() + PICTURE + b"\r\n--x--\r\n"
    )
    assert image_bytes == PICTURE
    assert sent_name.startswith("abccc")
    assert len(sent_name) == 200


@pytest.mark.parametrize("body", [b'{"image": "A*=="}', b"[" * 100_000, b'{"image": 7}', b'{"picture": ""}'])
def test_json_that_holds_no_base64_is_refused(body: bytes) -> None:
    """Also where a lenient decoder would leave out what is none, and however deep it is nested."""
    with pytest.raises(RefusalError) as refusal:
        read_body("application/json; charset=utf-8", body)
    assert (refusal.value.status, refusal.value.kind) == (400, "bad_json")
