"""KEEP_CORRECTIONS: off unless the host switches it on and gives a key that lies elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import main
from bot.config.settings import SettingsError, load_settings
from bot.observability.logs import Redactor
from classifier.face_encryption import create_key, load_key

NO_FILE = Path("there-is-no-such-file")
KEY = create_key()


def test_it_is_off_by_default():
    """Nobody is asked for anything unless the host has decided so."""
    settings = load_settings({}, NO_FILE)

    assert settings.keep_corrections == "off"
    assert not settings.corrections_key


def test_a_key_comes_from_the_environment_or_a_file(tmp_path: Path):
    """As container secrets are mounted."""
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    environment = {"KEEP_CORRECTIONS": "on", "DATA_DIR": str(tmp_path / "data")}

    assert load_settings({**environment, "CORRECTIONS_KEY": KEY}, NO_FILE).corrections_key == KEY
    assert load_settings({**environment, "CORRECTIONS_KEY_FILE": str(file)}, NO_FILE).corrections_key == KEY


def test_on_without_a_key_the_start_is_refused():
    """With the command that makes one."""
    with pytest.raises(SettingsError, match=r"CORRECTIONS_KEY is missing: .+`python -m bot corrections-key"):
        load_settings({"KEEP_CORRECTIONS": "on"}, NO_FILE)


def test_a_key_among_the_data_is_refused(tmp_path: Path):
    """Whoever copies DATA_DIR must not have the key; a link that leads there is seen through."""
    (tmp_path / "data" / "deep").mkdir(parents=True)
    inside, link = tmp_path / "data" / "deep" / "key", tmp_path / "link"
    inside.write_text(KEY)
    link.symlink_to(inside)
    for file in (inside, link, tmp_path / "data" / ".." / "data" / "deep" / "key"):
        with pytest.raises(SettingsError, match="inside DATA_DIR"):
            load_settings({"DATA_DIR": str(tmp_path / "data"), "CORRECTIONS_KEY_FILE": str(file)}, NO_FILE)


def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path):
    """Neither from the environment nor from a file does the sentence repeat it."""
    file = tmp_path / "key"
    file.write_text(KEY[:-3])
    for name, value in (("CORRECTIONS_KEY", KEY[:-3]), ("CORRECTIONS_KEY_FILE", str(file))):
        with pytest.raises(SettingsError, match=rf"^{name} .+32 random bytes") as refusal:
            load_settings({name: value}, NO_FILE)
        assert KEY[:-3] not in str(refusal.value)


def test_the_key_is_never_shown():
    """It is among the texts that the log hides, and settings do not print it."""
    settings = load_settings({"CORRECTIONS_KEY": KEY}, NO_FILE)

    assert KEY in settings.secrets
    assert KEY not in repr(settings)
    assert KEY not in Redactor(settings.secrets).redact(f"key={KEY}")


def test_a_new_key_can_be_made(capsys: pytest.CaptureFixture[str]):
    """`python -m bot corrections-key` prints one that is taken, and another one each time."""
    keys = []
    for _ in range(2):
        assert main(["corrections-key"]) == 0
        keys.append(capsys.readouterr().out.strip())

    assert keys[0] != keys[1]
    assert load_key(keys[0]) != load_key(keys[1])


def test_feedback_without_a_database_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Listing counts makes no database."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))

    assert main(["feedback"]) == 1
    assert "Start the bot first" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
