"""The HTTP API: what it answers over real HTTP, whom it refuses, and when."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from api_steps import KEY, MAX_BYTES, OTHER_KEY, bear, serve_api
from bot_fakes import PICTURE, ScriptedClassifier, run_bot_in, run_bots_in, until

from bot.api.callers import KeysFileError, load_keys
from bot.api.openapi import KINDS, build_description
from bot.observability.metrics import Metrics
from bot.runtime.roles import StartError
from classifier.__main__ import main as run_classifier
from classifier.types import BusyError, WorkerUnavailableError

if TYPE_CHECKING:
    from bot_fakes import SharedClassifier

    from playground import Playground

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")


def hold_to(schema: dict[str, Any], value: Any, schemas: dict[str, Any]) -> None:
    """Fail where a value is not what a schema of the description allows: as far as the description goes."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        (schema,) = [one for one in schema["anyOf"] if (one.get("type") == "null") == (value is None)]
        hold_to(schema, value, schemas)
        return
    types = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float)}
    types |= {"boolean": bool, "null": type(None)}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert isinstance(value, tuple(types[kind] for kind in kinds)), (schema, value)
    if isinstance(value, dict):
        assert set(schema["required"]) <= value.keys() <= set(schema["properties"])
        for name, part in value.items():
            hold_to(schema["properties"][name], part, schemas)
    elif isinstance(value, list):
        assert schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 100)
        for part in value:
            hold_to(schema["items"], part, schemas)
    elif isinstance(value, str):
        assert value in schema.get("enum", [value])
    elif value is not None and not isinstance(value, bool):
        assert schema.get("minimum", 0) <= value <= schema.get("maximum", 1e9)


def hold_to_description(answer: httpx.Response) -> dict[str, Any]:
    """Hold an answer to what the description says of its status; give its fields."""
    description = build_description(MAX_BYTES)
    response = description["paths"]["/v1/faces"]["post"]["responses"][str(answer.status_code)]
    ((media_type, content),) = response["content"].items()
    assert answer.headers["Content-Type"].startswith(media_type)
    fields: dict[str, Any] = answer.json()
    hold_to(content["schema"], fields, description["components"]["schemas"])
    if fields["error"] is not None:
        assert fields["error"]["kind"] in response["description"]
        assert fields["error"]["message"].endswith(".")
    assert set(response.get("headers", {})) == {"Retry-After"} & {
        name.title() for name in answer.headers if name != "content-type"
    }
    return fields


@pytest.mark.asyncio(loop_scope="session")
async def test_a_picture_is_answered_as_the_command_line_answers_it(
    real_classifier: SharedClassifier,
    astronaut_jpeg: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
):
    """As bytes, by multipart and in base64: the same face, in the words of `--json`."""
    file = tmp_path / "astronaut.jpg"
    file.write_bytes(astronaut_jpeg)
    assert run_classifier(["--json", str(file)]) == 0
    expected = json.loads(capsys.readouterr().out)

    async with serve_api(real_classifier) as client:
        plain = await client.post("/v1/faces", content=astronaut_jpeg)
        form = await client.post("/v1/faces", files={"image": ("astronaut.jpg", astronaut_jpeg)})
        encoded = await client.post("/v1/faces", json={"image": base64.b64encode(astronaut_jpeg).decode()})

    assert hold_to_description(plain) == expected | {"photo": ""}
    assert hold_to_description(form) == expected | {"photo": "astronaut.jpg"}
    assert hold_to_description(encoded) == expected | {"photo": ""}
    assert len(expected["faces"]) == 1


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("content", "status", "kind"),
    [
        (b"", 400, "empty"),
        (b"no picture at all", 415, "not_an_image"),
        (b"\xff\xd8\xff\xe0 half a JPEG", 422, "damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", 415, "unsupported_format"),
        (PICTURE + b"\0" * MAX_BYTES, 200, None),
    ],
    ids=["nothing", "text", "half", "heic", "padded"],
)
async def test_what_is_no_picture_is_told_so(
    real_classifier: SharedClassifier, content: bytes, status: int, kind: str | None
):
    """In the shape of an answer, with a word for programs and a sentence for people."""
    async with serve_api(real_classifier) as client:
        answer = await client.post("/v1/faces", content=content)

    fields = hold_to_description(answer)
    assert answer.status_code == status
    assert (fields["error"] and fields["error"]["kind"]) == kind


@pytest.mark.parametrize(
    ("content_type", "body", "kind"),
    [
        ("multipart/form-data", b"--x\r\n", "bad_multipart"),
        ("multipart/form-data; boundary=x", b"--x--\r\n", "bad_multipart"),
        ("multipart/form-data; boundary=x", b"\0" * 999, "bad_multipart"),
        ("application/json", b"{", "bad_json"),
        ("application/json", b"[" * 100_000, "bad_json"),
        ("application/json", b'{"photo": "AAAA"}', "bad_json"),
        ("application/json", b'{"image": 3}', "bad_json"),
        ("application/json", b'{"image": "no base64!"}', "bad_json"),
    ],
)
async def test_a_body_without_a_picture_is_told_what_was_expected(content_type: str, body: bytes, kind: str):
    """Whatever is wrong with the wrapping, the classifier is not asked."""
    classifier = ScriptedClassifier()
    async with serve_api(classifier) as client:
        answer = await client.post("/v1/faces", content=body, headers={"Content-Type": content_type})

    assert answer.status_code == 400
    assert hold_to_description(answer)["error"]["kind"] == kind
    assert classifier.asked == []


async def test_two_files_are_one_too_many():
    """One request, one picture: which of two was meant is not guessed."""
    async with serve_api(ScriptedClassifier()) as client:
        answer = await client.post("/v1/faces", files={"one": PICTURE, "two": PICTURE})

    assert hold_to_description(answer)["error"]["kind"] == "bad_multipart"
    assert "2 files" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer " + "x" * 9_000, "tma hash=00"]
)
async def test_without_a_known_key_nothing_is_read(header: str):
    """The refusal is there when the headers are; no body is waited for, and no classifier is asked."""
    classifier = ScriptedClassifier()
    async with serve_api(classifier) as client:
        answer = await client.post("/v1/faces", content=PICTURE, headers={"Authorization": header})
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        head = f"POST /v1/faces HTTP/1.1\r\nHost: x\r\nAuthorization: {header}\r\n"
        writer.write(head.encode() + b"Content-Length: 1000\r\n\r\n")
        status = await asyncio.wait_for(reader.readline(), 60)
        writer.close()

    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert hold_to_description(answer)["error"]["kind"] == "unauthorized"
    assert status.startswith(b"HTTP/1.1 401 ")
    assert classifier.asked == []


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in pieces"])
async def test_a_body_that_is_too_large_is_refused_before_it_is_all_read(*, is_announced: bool):
    """Announced, at once; in pieces, as soon as it is too much. Nobody sends 100 MB in vain."""
    length = 100_000_000
    head = f"POST /v1/faces HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n".encode()
    sent = 0
    async with serve_api(ScriptedClassifier()) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        if is_announced:
            writer.write(head + f"Content-Length: {length}\r\n\r\n".encode())
        else:
            writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
            while sent < length and not reader._buffer:
                writer.write(b"10000\r\n" + bytes(0x10000) + b"\r\n")
                sent += 0x10000
                await asyncio.sleep(0)
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert sent < length / 2


async def test_each_key_has_its_own_minute():
    """The third of two is told when to come again; another key is answered meanwhile."""
    async with serve_api(ScriptedClassifier(), per_minute=2) as client:
        answers = [await client.post("/v1/faces", content=PICTURE) for _ in range(3)]
        other = await client.post("/v1/faces", content=PICTURE, headers=bear(OTHER_KEY))

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert hold_to_description(answers[2])["error"]["kind"] == "rate_limited"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert other.status_code == 200


async def test_a_key_has_four_slots_and_frees_them():
    """A fifth picture at once is refused; those who left before their body was there hold none."""
    classifier = ScriptedClassifier(may_answer=asyncio.Event())
    async with serve_api(classifier) as client:
        headers = f"Host: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: 9"
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            writer.write(f"POST /v1/faces HTTP/1.1\r\n{headers}\r\n\r\nx".encode())
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            await asyncio.sleep(0.01)
        held = [asyncio.create_task(client.post("/v1/faces", content=PICTURE)) for _ in range(4)]
        await until(lambda: len(classifier.asked) == 4)
        fifth = await client.post("/v1/faces", content=PICTURE)
        classifier.may_answer.set()
        answers = await asyncio.gather(*held)
        after = await client.post("/v1/faces", content=PICTURE)

    assert hold_to_description(fifth)["error"]["kind"] == "too_many_at_once"
    assert [answer.status_code for answer in (*answers, after)] == [200] * 5
    assert set(classifier.low_priority) == {True}, "photos in chats go first"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BusyError("Other photos go first. Send it again in a minute."), 503),
        (WorkerUnavailableError("The classifier is not running. Send the photo again later."), 503),
        (RuntimeError("private"), 500),
    ],
)
async def test_what_fails_on_our_side_is_told_without_details(error: Exception, status: int):
    """Busy is worth trying again; a fault of ours tells no stranger what it was."""
    async with serve_api(ScriptedClassifier(errors=[error])) as client:
        answer = await client.post("/v1/faces", content=PICTURE)

    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert "private" not in answer.text
    hold_to_description(answer)


async def test_only_posting_a_picture_is_answered():
    """Another method or path has an answer, and so has the description, to everybody."""
    async with serve_api(ScriptedClassifier()) as client:
        got = await client.get("/v1/faces")
        elsewhere = await client.post("/v1/elsewhere", content=PICTURE)
        description = await client.get("/v1/openapi.json", headers={"Authorization": ""})

    assert (got.status_code, got.headers["Allow"]) == (405, "POST")
    assert hold_to_description(got)["error"]["kind"] == "method_not_allowed"
    assert elsewhere.status_code == 404
    assert description.json() == build_description(MAX_BYTES)
    assert "server" not in {*got.headers, *elsewhere.headers, *description.headers}


def test_the_description_names_every_reason_with_its_status():
    """Each kind of error stands under one status, and each reference leads to something."""
    description = build_description(MAX_BYTES)
    responses = description["paths"]["/v1/faces"]["post"]["responses"]
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(description)))

    assert references == set(description["components"]["schemas"])
    for kind, status in KINDS.items():
        assert kind in responses[str(status.value)]["description"]


async def test_requests_are_counted_by_key_and_outcome():
    """By the key's name; who has none is nobody."""
    metrics = Metrics()
    async with serve_api(ScriptedClassifier(), metrics, per_minute=1) as client:
        for header in (bear(KEY), bear(KEY), bear("x")):
            await client.post("/v1/faces", content=PICTURE, headers=header)
    text = metrics.render().decode()

    for caller, outcome in (("doorbell", "seen"), ("doorbell", "rate_limited"), ("nobody", "unauthorized")):
        assert f'bot_api_requests_total{{caller="{caller}",outcome="{outcome}"}} 1.0' in text


async def test_neither_key_nor_picture_reaches_a_log(caplog: pytest.LogCaptureFixture):
    """At DEBUG, through answers, refusals, broken requests and a fault of ours."""
    caplog.set_level(logging.DEBUG)
    classifier = ScriptedClassifier(errors=[RuntimeError("fault")])
    async with serve_api(classifier) as client:
        await client.post("/v1/faces", files={"image": ("private name.jpg", PICTURE)})
        await client.post("/v1/faces", content=PICTURE)
        await client.post("/v1/faces", content=PICTURE, headers=bear(KEY + "wrong"))
        wrong_length = f"Authorization: Bearer {KEY}\r\nContent-Length: x{KEY}\r\n\r\n"
        for rest in (f"no colon {KEY}\r\n\r\n", wrong_length):
            reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
            writer.write(f"POST /v1/faces HTTP/1.1\r\n{rest}".encode())
            await asyncio.wait_for(reader.read(), 60)
            writer.close()

    logged = "\n".join(record.getMessage() + (record.exc_text or "") for record in caplog.records)
    assert KEY not in logged
    assert "private name" not in logged


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "without a key"),
        ("# only words\n\n", "without a key"),
        ("a:short\n", "line 1"),
        (f"a:{KEY}\n\nno colon here\n", "line 3"),
        (f"a:{KEY}\na:{OTHER_KEY}\n", "line 2"),
        (f"a b:{KEY}\n", "line 1"),
    ],
)
def test_a_file_of_keys_that_is_wrong_is_told_without_showing_it(tmp_path: Path, text: str, sentence: str):
    """The line is named, never repeated: a key may stand in it."""
    file = tmp_path / "keys"
    file.write_text(text)

    with pytest.raises(KeysFileError, match=sentence) as refusal:
        load_keys(file)
    assert str(file) in str(refusal.value)
    assert KEY not in str(refusal.value)


def test_a_file_of_keys_may_have_comments_and_any_encoding(tmp_path: Path):
    """As PowerShell or a shell writes it; only hashes of the keys are kept."""
    file = tmp_path / "keys"
    file.write_bytes(f"# at home\r\ndoorbell:{KEY}\r\n\r\n website:{OTHER_KEY}\r\n".encode("utf-16"))
    keys = load_keys(file)

    assert [key.name for key in keys] == ["doorbell", "website"]
    assert KEY not in repr(keys)


def find_examples(language: str) -> list[str]:
    """Find the examples of docs/api.md in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("language", ["sh", "python"])
async def test_the_examples_of_the_documentation_work(
    real_classifier: SharedClassifier, astronaut_jpeg: bytes, tmp_path: Path, language: str
):
    """Each is run as it is written, but for the port and the key."""
    (tmp_path / "photo.jpg").write_bytes(astronaut_jpeg)
    examples = [text for text in find_examples(language) if "8082/v1" in text]
    assert examples
    async with serve_api(real_classifier) as client:
        for text in examples:
            written = text.replace("8082", str(client.base_url.port)).replace("$KEY", KEY)
            command = ["sh", "-ec", written] if language == "sh" else [sys.executable, "-c", written]
            done = await asyncio.to_thread(
                subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 0, done.stderr
            assert "happy" in done.stdout


@pytest.mark.asyncio(loop_scope="session")
async def test_a_bot_serves_the_api_beside_its_chats(playground: Playground, tmp_path: Path):
    """With a file of keys; a picture of the API has low priority, a photo in a chat has not."""
    keys, classifier = tmp_path / "keys", ScriptedClassifier()
    keys.write_text(f"doorbell:{KEY}\n")
    async with run_bots_in(playground, tmp_path, classifier, api_keys_file=keys, api_port=0) as running:
        photo = await playground.send_photo(playground.private, playground.ana, PICTURE)
        await playground.wait_for_reply(photo)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.api_port}", timeout=60) as client:
            answer = await client.post("/v1/faces", content=PICTURE, headers=bear(KEY))

    assert hold_to_description(answer)["faces"][0]["emotion"] == "happy"
    assert classifier.low_priority == [False, True]


# Tornado leaves a socket that it could not bind to Python's garbage collection.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("what", ["keys", "port"])
@pytest.mark.asyncio(loop_scope="session")
async def test_an_api_that_cannot_be_served_stops_the_start(
    playground: Playground, tmp_path: Path, what: str
):
    """The sentence names the setting."""
    keys = tmp_path / "keys"
    keys.write_text(f"doorbell:{KEY}\n" if what == "port" else "")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = {"api_keys_file": keys, "api_port": taken.getsockname()[1]}
        with pytest.raises(StartError, match="API_PORT" if what == "port" else "API_KEYS_FILE"):
            async with run_bot_in(playground, tmp_path, ScriptedClassifier(), **options):
                pass
    gc.collect()


@pytest.mark.asyncio(loop_scope="session")
async def test_without_keys_there_is_no_api(playground: Playground, tmp_path: Path):
    """Off by default: nothing listens."""
    async with run_bots_in(playground, tmp_path, ScriptedClassifier()) as running:
        assert running.api_port is None
