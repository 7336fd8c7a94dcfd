"""Every setting of the bot: read once from the environment and `.env`, checked, passed on as a value."""

# ruff: noqa: RUF009 - `setting` is `field` with its documentation beside it

from __future__ import annotations

import dataclasses
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from bot.config.env_file import EnvFileError, read_env_file, read_named_file
from bot.config.parsers import (
    Secret,
    hide_tokens,
    parse_api_address,
    parse_choice,
    parse_database_url,
    parse_face_key,
    parse_https_address,
    parse_ids,
    parse_number,
    parse_optional_path,
    parse_path,
    parse_port,
    parse_proxy,
    parse_token,
    parse_tokens,
    parse_webhook_secret,
)
from bot.config.proxies import find_variable, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")
ENV_FILE = Path(".env")
SECRETS = ("bot_token", "bot_tokens", "webhook_secret", "corrections_key", "database_url", "proxy_url")
# Secrets that may also stand in a file of their own.
IN_FILES = ("bot_token", "bot_tokens", "webhook_secret", "corrections_key", "database_url")
PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
LANGUAGES = ("en", "es", "pt-BR", "fr", "de", "ru", "uk", "tr", "ar", "hi", "id", "zh-Hans")


class SettingsError(Exception):
    """A setting is missing or wrong. `str()` is a sentence that names it and says what is expected."""


def setting(default: str, documentation: str, parse: Callable[[str], T]) -> T:
    """Declare one setting: the environment's name for it is the field's name in capitals."""
    metadata = {"default": default, "documentation": documentation, "parse": parse}
    declared: T = field(default=parse(default), metadata=metadata)
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings. `documentation` of each is what the README and `.env.example` show."""

    bot_token: Secret = setting(
        "",
        "The token that BotFather gave you. Without one, the bot starts with the playground.",
        parse_token,
    )
    bot_token_file: Path | None = setting(
        "", "A file that holds the token, instead of BOT_TOKEN.", parse_optional_path
    )
    bot_tokens: tuple[Secret, ...] = setting(
        "",
        "Instead of BOT_TOKEN: the tokens of several bots, separated by commas, that share this program.",
        parse_tokens,
    )
    bot_tokens_file: Path | None = setting(
        "", "A file that holds them, one a line, instead of BOT_TOKENS.", parse_optional_path
    )
    telegram_api_url: str = setting(
        "https://api.telegram.org", "The Bot API server to talk to.", parse_api_address
    )
    proxy_url: Secret = setting(
        "",
        "A proxy for Telegram alone, such as socks5://127.0.0.1:1080 or http://user:password@host:3128; "
        "empty takes HTTPS_PROXY or ALL_PROXY.",
        parse_proxy,
    )
    model_dir: Path = setting("models/happy-sad-net", "The folder of the model that classifies.", parse_path)
    data_dir: Path = setting("data", "The only folder the bot writes to.", parse_path)
    database_url: Secret = setting(
        "",
        "A PostgreSQL database, postgresql://user:password@host/name, for several hosts; "
        "empty keeps an SQLite database in DATA_DIR.",
        parse_database_url,
    )
    database_url_file: Path | None = setting(
        "", "A file that holds that address, instead of DATABASE_URL.", parse_optional_path
    )
    lost_worker_seconds: int = setting(
        "30",
        "On PostgreSQL: when a worker has not been heard of for so long, others take over its work.",
        parse_number(2, 3_600),
    )
    database_connections: int = setting(
        "10",
        "On PostgreSQL: connections that a process holds for each bot. With few, new messages wait up to a "
        "second longer when the queue was empty.",
        parse_number(8, 100),
    )
    workers: int = setting(
        "0", "Processes that classify photos; 0 is one for each CPU core.", parse_number(0, 64)
    )
    default_language: str = setting(
        "en",
        f"The language where a person's own is not known or not spoken: {', '.join(LANGUAGES)}.",
        parse_choice(*LANGUAGES),
    )
    developer_info: str = setting(
        "", "Who runs this bot and how to reach them; shown by /developer_info.", str
    )
    owner_ids: frozenset[int] = setting(
        "", "Telegram user ids, separated by commas, of those who may use /stats.", parse_ids
    )
    allowed_chats: frozenset[int] = setting(
        "",
        "Ids of chats, in private of the person, separated by commas, that alone are answered; empty is all.",
        parse_ids,
    )
    blocked_chats: frozenset[int] = setting(
        "", "Chat ids, separated by commas, that are not answered.", parse_ids
    )
    max_photo_bytes: int = setting(
        "20000000",
        "Larger files are refused; Telegram itself serves no more than the default.",
        parse_number(1_000, 2_000_000_000),
    )
    max_photo_pixels: int = setting(
        "40000000",
        "Photos with more pixels, width times height, are refused.",
        parse_number(10_000, 40_000_000),  # what OpenCV is told to refuse while it is loaded
    )
    max_photo_side: int = setting(
        "12000", "Photos with a longer side, in pixels, are refused.", parse_number(100, 65_500)
    )
    max_photo_scans: int = setting(
        "100",
        "Progressive JPEGs with more passes are refused: each costs a whole decoding.",
        parse_number(1, 10_000),
    )
    max_waiting_photos: int = setting(
        "5",
        "When so many of a person's photos wait, they are told once that it takes a while.",
        parse_number(1, 1_000),
    )
    max_waiting_chats: int = setting(
        "100",
        "While so many other chats wait, who sends a photo in private is told once that it takes a while.",
        parse_number(1, 1_000_000),
    )
    download_seconds: int = setting("30", "The time that fetching one photo may take.", parse_number(1, 600))
    classify_seconds: int = setting(
        "10", "The time that classifying one photo may take.", parse_number(1, 600)
    )
    worker_memory_bytes: int = setting(
        "1500000000",
        "Address space that one worker may use; a photo that needs more is refused.",
        parse_number(500_000_000, 1_000_000_000_000),
    )
    photos_per_worker: int = setting(
        "1000",
        "Photos after which a worker is replaced by a fresh one.",
        parse_number(1, 1_000_000),
    )
    stop_seconds: int = setting(
        "20",
        "The time that answers in flight are given when the bot is stopped.",
        parse_number(0, 600),
    )
    retry_seconds: int = setting(
        "30",
        "How long a call to Telegram is tried again before its answer is put off for as long.",
        parse_number(1, 3_600),
    )
    dead_letter_seconds: int = setting(
        "86400",
        "How long an answer that Telegram does not take is kept before its sender is asked to send it again.",
        parse_number(1, 604_800),
    )
    messages_per_second: int = setting(
        "30",
        "The most messages a second over all; Telegram's limit is the default.",
        parse_number(1, 10_000),
    )
    log_level: str = setting(
        "INFO", "DEBUG, INFO, WARNING or ERROR.", parse_choice("DEBUG", "INFO", "WARNING", "ERROR")
    )
    log_format: str = setting("console", "console or json.", parse_choice("console", "json"))
    health_host: str = setting(
        "127.0.0.1", "The address on which /healthz, /readyz and /metrics are served.", str
    )
    health_port: int = setting("8081", "The port for them; 0 serves none.", parse_port)
    webhook_url: str = setting(
        "",
        "The public https address at which Telegram shall deliver messages; empty polls instead.",
        parse_https_address,
    )
    webhook_secret: Secret = setting(
        "",
        "Required with WEBHOOK_URL: 16 to 256 letters, digits, _ or -, that only Telegram will know.",
        parse_webhook_secret,
    )
    webhook_secret_file: Path | None = setting(
        "", "A file that holds the secret, instead of WEBHOOK_SECRET.", parse_optional_path
    )
    webhook_host: str = setting(
        "127.0.0.1",
        "The address on which the webhook listens, behind your reverse proxy.",
        str,
    )
    webhook_port: int = setting("8443", "The port for it.", parse_port)
    api_keys_file: Path | None = setting(
        "",
        "A file with keys of the HTTP API for other programs, one name:key a line; without it there is none.",
        parse_optional_path,
    )
    api_host: str = setting(
        "127.0.0.1", "The address on which the HTTP API and the live page are served.", str
    )
    api_port: int = setting("8082", "The port for them; 0 picks a free one.", parse_port)
    api_requests_per_minute: int = setting(
        "600",
        "How many requests a minute each key of the HTTP API is answered.",
        parse_number(1, 1_000_000),
    )
    live_page: str = setting(
        "off",
        "on or off: /live opens a Mini App for the camera, at WEBHOOK_URL; the playground always has one.",
        parse_choice("on", "off"),
    )
    keep_corrections: str = setting(
        "off",
        "on or off: ask in private chats whether an answer was right, and for faces to improve the model.",
        parse_choice("on", "off"),
    )
    corrections_key: Secret = setting(
        "",
        "Required with KEEP_CORRECTIONS=on: what seals the faces; `python -m bot corrections-key` makes one.",
        parse_face_key,
    )
    corrections_key_file: Path | None = setting(
        "",
        "A file outside DATA_DIR that holds the key, instead of CORRECTIONS_KEY.",
        parse_optional_path,
    )
    corrections_days: int = setting(
        "365", "Days after which a face that was given is deleted.", parse_number(1, 3_650)
    )
    playground_port: int = setting(
        "8080", "The port of the playground, on 127.0.0.1; 0 picks a free one.", parse_port
    )

    @property
    def tokens(self) -> tuple[Secret, ...]:
        """The tokens of all bots; none in the playground."""
        return self.bot_tokens or ((self.bot_token,) if self.bot_token else ())

    @property
    def live_url(self) -> str:
        """Where Telegram opens the live page; empty without one."""
        return f"{self.webhook_url}/live" if self.live_page == "on" and self.webhook_url else ""

    @property
    def telegram_proxy(self) -> str | None:
        """The proxy to reach Telegram through; None for this machine's own playground or Bot API server."""
        return None if is_loopback(urlsplit(self.telegram_api_url).hostname or "") else self.proxy_url or None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Texts that must never be logged."""
        passwords = [urlsplit(url).password or "" for url in (self.database_url, self.proxy_url)]
        secrets = (self.webhook_secret, self.corrections_key, self.database_url, *passwords)
        secrets = (*secrets, *map(unquote, passwords))
        return tuple(str(secret) for secret in (*self.tokens, *secrets) if secret)


def load_settings(environment: Mapping[str, str] | None = None, env_file: Path = ENV_FILE) -> Settings:
    """Read the settings: the environment first, then `.env`, then the defaults.

    Raises:
        SettingsError: A value is missing or wrong; the sentence names the variable.
    """
    try:
        from_file = read_env_file(env_file)
    except EnvFileError as error:
        raise SettingsError(str(error)) from error
    merged = {**from_file.values, **(os.environ if environment is None else environment)}
    values: dict[str, Any] = {}
    for declared in dataclasses.fields(Settings):
        name = declared.name.upper()
        text = merged.get(name, "").strip()
        if text:
            is_from_file = merged[name] == from_file.values.get(name)
            place = f" ({env_file}, line {from_file.lines[name]})" if is_from_file else ""
            values[declared.name] = _parse(declared, text, place)
    for name in IN_FILES:
        _read_secret_file(name, values)
    settings = Settings(**values)
    _check_together(settings)
    return _take_proxy_of_environment(settings, merged)


def describe_unknown_names(env_file: Path = ENV_FILE) -> list[str]:
    """Write a sentence about each name in `.env` that is no setting."""
    known = [declared.name.upper() for declared in dataclasses.fields(Settings)]
    try:
        return read_env_file(env_file).describe_unknown_names([*known, *PROXY_VARIABLES])
    except EnvFileError:
        return []  # the settings cannot be read either, which is said


def _take_proxy_of_environment(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """Fill in PROXY_URL from what the environment names for all programs, if there is a Telegram to reach."""
    variable = find_variable(environment, settings.telegram_api_url)
    if settings.proxy_url or not settings.tokens or variable is None:
        return settings
    try:
        return dataclasses.replace(settings, proxy_url=parse_proxy(environment[variable].strip()))
    except ValueError as error:
        raise SettingsError(f"{variable} is wrong: {error}. PROXY_URL, if set, is taken instead.") from None


def _check_together(settings: Settings) -> None:
    """Refuse what is right by itself but not together."""
    if settings.bot_token and settings.bot_tokens:
        raise SettingsError("BOT_TOKEN and BOT_TOKENS are both set. Keep one of them.")
    if settings.webhook_url and not settings.webhook_secret:
        raise SettingsError(
            "WEBHOOK_SECRET is missing: with WEBHOOK_URL alone, anyone could pretend to be Telegram. "
            "Set it to 16 or more random letters and digits."
        )
    if settings.live_page == "on" and settings.tokens and not settings.webhook_url:
        raise SettingsError(
            "WEBHOOK_URL is missing: with LIVE_PAGE=on, Telegram opens the page under that address, and only "
            "by https."
        )
    _check_corrections_key(settings)


def remove_secrets_from_environment() -> None:
    """Take the secrets out of the environment, which every process that is started would be given."""
    for name in SECRETS:
        os.environ.pop(name.upper(), None)


def is_readable_by_others(env_file: Path = ENV_FILE) -> bool:
    """Whether other users of this machine can read `.env`, where the token may stand."""
    try:
        return bool(env_file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except FileNotFoundError:
        return False


def _check_corrections_key(settings: Settings) -> None:
    """Refuse to keep faces without a key, or with the key beside them."""
    if settings.keep_corrections == "on" and not settings.corrections_key:
        raise SettingsError(
            "CORRECTIONS_KEY is missing: with KEEP_CORRECTIONS=on, faces are kept and must be sealed. "
            "Write a key to a file outside DATA_DIR with `python -m bot corrections-key > FILE`, "
            "and name the file in CORRECTIONS_KEY_FILE."
        )
    file = settings.corrections_key_file
    if file is not None and file.resolve().is_relative_to(settings.data_dir.resolve()):
        raise SettingsError(
            f"CORRECTIONS_KEY_FILE names a file inside DATA_DIR: {file}. Whoever gets the sealed faces "
            "would get the key with them. Move it elsewhere."
        )


def _parse(declared: dataclasses.Field[Any], text: str, place: str) -> Any:
    """Parse one value. A secret's text is kept out of the sentence, as is a token inside an address."""
    try:
        return declared.metadata["parse"](text)
    except ValueError as error:
        received = "" if declared.name in SECRETS else f", received {hide_tokens(text)!r}"
        raise SettingsError(f"{declared.name.upper()} is wrong{place}: {error}{received}.") from None


def _read_secret_file(name: str, values: dict[str, Any]) -> None:
    """Fill in a secret from the file that its `..._FILE` setting names."""
    path = values.get(f"{name}_file")
    if path is None:
        return
    variable = f"{name.upper()}_FILE"
    if name in values:
        raise SettingsError(f"{name.upper()} and {variable} are both set. Keep one of them.")
    try:
        text = read_named_file(variable, path).strip()
    except EnvFileError as error:
        raise SettingsError(str(error)) from error
    if not text:
        raise SettingsError(f"{variable} names an empty file: {path}.")
    declared = next(declared for declared in dataclasses.fields(Settings) if declared.name == name)
    try:
        values[name] = declared.metadata["parse"](text)
    except ValueError as error:
        raise SettingsError(f"{variable} names a file with a wrong value: {error}.") from None
