"""Settings: read once, checked, documented in three places that say the same."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bot.config.reference import format_env_example, format_markdown_table
from bot.config.settings import Settings, SettingsError, is_readable_by_others, load_settings

ROOT = Path(__file__).parents[2]
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
