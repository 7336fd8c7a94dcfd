"""Settings: read once, checked, documented in three places that say the same."""

from __future__ import annotations

import base64
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config.parsers import Secret
from bot.config.reference import format_env_example, format_markdown_table
from bot.config.settings import (
    Settings,
    SettingsError,
    describe_unknown_names,
    is_readable_by_others,
    load_settings,
    remove_secrets_from_environment,
)

ROOT = Path(__file__).parents[3]
TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456"
NO_FILE = Path("there-is-no-such-file")


def test_the_documentation_and_the_example_say_what_the_settings_are():
    """docs/settings.md, .env.example and the code hold the same names, defaults and sentences."""
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    table = page.split("<!-- settings -->")[1].split("<!-- /settings -->")[0]

    assert table.strip() == format_markdown_table().strip()
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == format_env_example()


def test_every_setting_is_documented_by_a_sentence():
    """No setting without words for whoever has to set it."""
    for declared in dataclasses.fields(Settings):
        assert declared.metadata["documentation"].endswith("."), declared.name


def test_the_environment_goes_before_the_file_and_both_before_defaults(tmp_path: Path):
    """One order, and what is empty counts as not set."""
    file = tmp_path / ".env"
    file.write_text("WORKERS=3\nLOG_LEVEL=debug\nDATA_DIR=\n")

    settings = load_settings({"WORKERS": "5"}, file)

    assert (settings.workers, settings.log_level, settings.data_dir) == (5, "DEBUG", Path("data"))


def test_numbers_lists_and_paths_are_read():
    """Each kind of value arrives as its type."""
    settings = load_settings(
        {"OWNER_IDS": "1, 2 -3", "MODEL_DIR": "m", "MAX_PHOTO_BYTES": "5_000_000"}, NO_FILE
    )

    assert settings.owner_ids == {1, 2, -3}
    assert settings.model_dir == Path("m")
    assert settings.max_photo_bytes == 5_000_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TOKEN", "not-a-token"),
        ("WORKERS", "many"),
        ("WORKERS", "-1"),
        ("OWNER_IDS", "me"),
        ("LOG_FORMAT", "xml"),
        ("DEFAULT_LANGUAGE", "tlh"),
        ("HEALTH_PORT", "70000"),
        ("TELEGRAM_API_URL", "localhost"),
        ("WEBHOOK_URL", "http://example.org"),
        ("BOT_TOKEN_FILE", "there-is-no-such-file"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str):
    """The sentence names the variable, so that the host knows where to look."""
    with pytest.raises(SettingsError, match=rf"^{name} .+\.$"):
        load_settings({name: value}, NO_FILE)


def test_a_webhook_without_a_secret_is_refused():
    """Without a secret anybody could send updates."""
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET is missing"):
        load_settings({"WEBHOOK_URL": "https://example.org"}, NO_FILE)


def test_the_token_can_come_from_a_file(tmp_path: Path):
    """As container secrets are mounted; both at once is refused."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")

    assert load_settings({"BOT_TOKEN_FILE": str(file)}, NO_FILE).bot_token == TOKEN
    with pytest.raises(SettingsError, match="both set"):
        load_settings({"BOT_TOKEN_FILE": str(file), "BOT_TOKEN": TOKEN}, NO_FILE)


def test_secrets_do_not_show():
    """Neither the settings' repr nor the sentence about a wrong one holds them."""
    settings = load_settings({"BOT_TOKEN": TOKEN}, NO_FILE)
    wrong = f"{TOKEN}!"

    assert TOKEN not in repr(settings)
    assert settings.secrets == (TOKEN,)
    with pytest.raises(SettingsError) as refusal:
        load_settings({"BOT_TOKEN": wrong}, NO_FILE)
    assert TOKEN not in str(refusal.value)


def test_a_file_that_others_can_read_is_noticed(tmp_path: Path):
    """The token stands in it."""
    file = tmp_path / ".env"
    assert not is_readable_by_others(file)
    file.write_text("")
    file.chmod(0o644)
    assert is_readable_by_others(file)
    file.chmod(0o600)
    assert not is_readable_by_others(file)


NAME = "Zoë"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_the_file_is_read_as_its_editor_wrote_it(tmp_path: Path, encoding: str):
    """PowerShell's `>` writes UTF-16, Notepad a byte order mark, older editors Latin-1."""
    file, token_file = tmp_path / ".env", tmp_path / "token"
    file.write_bytes(
        f"WORKERS=3\r\nDEVELOPER_INFO={NAME}\r\nBOT_TOKEN_FILE={token_file}\r\n".encode(encoding)
    )
    token_file.write_bytes(f"{TOKEN}\r\n".encode(encoding))

    settings = load_settings({}, file)

    assert (settings.workers, settings.developer_info, settings.bot_token) == (3, NAME, TOKEN)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"WORKERS=2\n\nBOT_TOKEN 123:abc\n", "line 3, cannot be understood"),
        (b"WORKERS=2\nMODEL_DIR=a\0b\n", "line 2, holds something that is no text"),
        (b"WORKERS=2\n\nLOG_LEVEL=loud\n", "line 3"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, content: bytes, sentence: str):
    """The sentence names file and line, and does not show the line: the token may stand in it."""
    file = tmp_path / ".env"
    file.write_bytes(content)

    with pytest.raises(SettingsError) as refusal:
        load_settings({}, file)
    assert f"{file}, {sentence}" in str(refusal.value)
    assert "123:abc" not in str(refusal.value)


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path):
    """Not left out in silence: the bot would start without its token."""
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path))):
        load_settings({}, tmp_path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody who may not read a file")
def test_a_file_of_another_user_is_told_by_a_sentence(tmp_path: Path):
    """As after `sudo nano .env`, or of a container whose user is another."""
    file = tmp_path / ".env"
    file.write_text("WORKERS=2\n")
    file.chmod(0o600)
    script = (
        "import os, pathlib, bot.config.settings as s; os.setuid(65534)\n"
        "try: s.load_settings({}, pathlib.Path('.env'))\n"
        "except s.SettingsError as error: print(error)"
    )
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == ".env may not be read by this user. Give it to the bot's user: chown.\n"


def test_a_home_is_found_in_paths(monkeypatch: pytest.MonkeyPatch):
    """No shell replaces `~` in `.env`."""
    monkeypatch.setenv("HOME", "/home/ana")

    assert load_settings({"DATA_DIR": "~/bot"}, NO_FILE).data_dir == Path("/home/ana/bot")
    with pytest.raises(SettingsError, match=r"^MODEL_DIR is wrong: expected a path"):
        load_settings({"MODEL_DIR": "~no-such-user/model"}, NO_FILE)


def test_a_name_that_is_no_setting_is_said_with_the_nearest(tmp_path: Path):
    """A slip of the pen would otherwise start the playground, and nobody would know why."""
    file = tmp_path / ".env"
    file.write_text(f"WORKERS=2\nHTTPS_PROXY=p:1\nBOT_TOKN={TOKEN}\nCOMPOSE_FILE=x\nCOLOUR=red\n")

    sentences = describe_unknown_names(file)

    assert sentences == [
        "line 3 of .env sets BOT_TOKN, which is no setting; did you mean BOT_TOKEN?",
        "line 5 of .env sets COLOUR, which is no setting",
    ]


@pytest.mark.parametrize("end", ["/bot", "/bot/", f"/bot{TOKEN}"])
def test_the_servers_address_is_not_that_of_its_methods(end: str):
    """With /bot at its end every token would seem to be refused; a token in it is not repeated."""
    with pytest.raises(SettingsError, match="without /bot at its end") as refusal:
        load_settings({"TELEGRAM_API_URL": f"https://api.telegram.org{end}"}, NO_FILE)
    assert TOKEN not in str(refusal.value)


BOUNDS = {
    "lost_worker_seconds": (2, 3_600),
    "database_connections": (8, 100),
    "workers": (0, 64),
    "max_photo_bytes": (1_000, 2_000_000_000),
    "max_photo_pixels": (10_000, 40_000_000),
    "max_photo_side": (100, 65_500),
    "max_photo_scans": (1, 10_000),
    "max_waiting_photos": (1, 1_000),
    "max_waiting_chats": (1, 1_000_000),
    "download_seconds": (1, 600),
    "classify_seconds": (1, 600),
    "worker_memory_bytes": (500_000_000, 1_000_000_000_000),
    "photos_per_worker": (1, 1_000_000),
    "stop_seconds": (0, 600),
    "retry_seconds": (1, 3_600),
    "dead_letter_seconds": (1, 604_800),
    "messages_per_second": (1, 10_000),
    "health_port": (0, 65_535),
    "webhook_port": (0, 65_535),
    "api_port": (0, 65_535),
    "api_requests_per_minute": (1, 1_000_000),
    "corrections_days": (1, 3_650),
    "playground_port": (0, 65_535),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_number_is_taken_up_to_its_bounds_and_not_beyond(name: str):
    """Both bounds are values like others; the sentence names them."""
    lowest, highest = BOUNDS[name]
    for number in (lowest, highest):
        assert getattr(load_settings({name.upper(): str(number)}, NO_FILE), name) == number
    for number in (lowest - 1, highest + 1):
        with pytest.raises(SettingsError, match=f"from {lowest} to {highest}"):
            load_settings({name.upper(): str(number)}, NO_FILE)


def test_every_number_has_its_bounds_listed():
    """A new setting is tried at its bounds, too."""
    numbers = {one.name for one in dataclasses.fields(Settings) if one.type == "int"}
    assert numbers == set(BOUNDS)


def test_what_must_never_be_logged_is_listed():
    """Passwords inside addresses as they are written there, and as they are meant."""
    settings = Settings(
        bot_tokens=(Secret("1:a"), Secret("2:b")),
        webhook_secret=Secret("hook"),
        corrections_key=Secret("face-key"),
        database_url=Secret("postgresql://u:p%40ss@host/name"),
        proxy_url=Secret("http://u:pr%2Foxy@host"),
    )
    assert set(settings.secrets) == {
        *("1:a", "2:b", "hook", "face-key", "postgresql://u:p%40ss@host/name"),
        *("p%40ss", "p@ss", "pr%2Foxy", "pr/oxy"),
    }


@pytest.mark.parametrize(("length", "is_taken"), [(15, False), (16, True), (256, True), (257, False)])
def test_a_webhooks_secret_is_long_enough_and_not_too_long(length: int, *, is_taken: bool):
    """A short one could be guessed; Telegram takes no longer one."""
    given = {"WEBHOOK_URL": "https://example.org", "WEBHOOK_SECRET": "s" * length}
    if is_taken:
        assert load_settings(given, NO_FILE).webhook_secret == "s" * length
    else:
        with pytest.raises(SettingsError, match="WEBHOOK_SECRET is wrong"):
            load_settings(given, NO_FILE)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"BOT_TOKEN": TOKEN, "BOT_TOKENS": TOKEN}, "both set"),
        ({"BOT_TOKENS": f"{TOKEN},{TOKEN[:-1]}x"}, "each bot once"),
        ({"BOT_TOKEN": TOKEN, "LIVE_PAGE": "on"}, "WEBHOOK_URL is missing"),
        ({"DATABASE_URL": "postgresql://u:p@host"}, "expected postgresql://"),
        ({"DATABASE_URL": "mysql://u:p@host/name"}, "expected postgresql://"),
        ({"KEEP_CORRECTIONS": "on"}, "CORRECTIONS_KEY is missing"),
        ({"CORRECTIONS_KEY_FILE": "data/../data/key"}, "inside DATA_DIR"),
    ],
)
def test_what_is_wrong_together_is_refused(
    changes: dict[str, str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Each is right by itself; the program would start and do something else than what was meant."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    key = base64.urlsafe_b64encode(bytes(range(32))).decode()
    (tmp_path / "data/key").write_text(key)
    with pytest.raises(SettingsError, match=sentence) as refusal:
        load_settings(changes, NO_FILE)
    assert not any(secret in str(refusal.value) for secret in (TOKEN, key, "u:p@"))


def test_secrets_leave_the_environment(monkeypatch: pytest.MonkeyPatch):
    """Every process that is started would be given them; what is no secret stays."""
    names = ("BOT_TOKEN", "BOT_TOKENS", "WEBHOOK_SECRET", "CORRECTIONS_KEY", "DATABASE_URL", "PROXY_URL")
    for name in (*names, "DATA_DIR"):
        monkeypatch.setenv(name, "x")
    remove_secrets_from_environment()
    assert not set(names) & os.environ.keys()
    assert os.environ["DATA_DIR"] == "x"


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_the_group_or_anybody_reads_is_noticed(tmp_path: Path, mode: int):
    """Either is enough."""
    file = tmp_path / ".env"
    file.touch()
    file.chmod(mode)
    assert is_readable_by_others(file)
