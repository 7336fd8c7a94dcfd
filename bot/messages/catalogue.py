"""The bot's words: one Fluent file a language in locales/; English stands in for what is missing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.dates import format_skeleton
from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.types import FluentType

from bot.config.settings import LANGUAGES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from babel import Locale

LOCALES_DIR = Path(__file__).parent / "locales"
LANGUAGE_NAMES = {
    "en": "English",
    "es": "Español",
    "pt-BR": "Português (Brasil)",
    "fr": "Français",
    "de": "Deutsch",
    "ru": "Русский",
    "uk": "Українська",
    "tr": "Türkçe",
    "ar": "العربية",
    "hi": "हिन्दी",
    "id": "Bahasa Indonesia",
    "zh-Hans": "简体中文",
}
_RIGHT_TO_LEFT = frozenset({"ar"})
# Plain "en" means the USA: months before days, and a.m. and p.m. The catalogue spells as in the UK.
_NUMBERS_AND_DATES = {"en": "en-GB"}
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language. Call it with a message's name and its placeholders to get the text."""

    language: str
    bundle: FluentBundle
    fallback: FluentBundle

    @property
    def direction(self) -> str:
        """Which way the language is written, as HTML says it."""
        return "rtl" if self.language in _RIGHT_TO_LEFT else "ltr"

    def __call__(self, message: str, **arguments: str | float | dt.date) -> str:
        """Format a message; what a translation lacks is said in English."""
        bundle = self.bundle if self.bundle.has_message(message) else self.fallback
        pattern = bundle.get_message(message).value
        if pattern is None:
            raise LookupError(f"{message} has no text in {self.language}")
        text, errors = bundle.format_pattern(pattern, arguments)
        for error in errors:
            _logger.error("Message %s in %s: %s", message, self.language, error)
        return str(text)


class Catalogue:
    """All languages, loaded when first spoken.

    Args:
        default_language: Spoken to whoever's language is not known.
    """

    def __init__(self, default_language: str) -> None:
        self._default_language = default_language

    def texts(self, language_code: str | None) -> Texts:
        """Get the words for a language as Telegram or a setting names it, such as "pt" or "zh-hans"."""
        language = find_language(language_code) or self._default_language
        return Texts(language, load_bundle(language), load_bundle("en"))


@cache
def load_bundle(language: str) -> FluentBundle:
    """Read one language's file, once: parsing takes some 50 ms."""
    # Isolation marks keep numbers and names in place in right-to-left text; elsewhere they are noise.
    bundle = FluentBundle(
        [_NUMBERS_AND_DATES.get(language, language)],
        functions={"DAY": _Day},
        use_isolating=language in _RIGHT_TO_LEFT,
    )
    bundle.add_resource(FluentResource((LOCALES_DIR / f"{language}.ftl").read_text(encoding="utf-8")))
    return bundle


class _Day(FluentType):
    """The catalogue's function DAY: a day such as "Wed 12 Aug". Fluent's own has no short form."""

    def __init__(self, day: dt.date) -> None:
        self._day = day

    def format(self, locale: Locale) -> str:
        return format_skeleton("MMMEd", self._day, locale=locale)


def find_language(language_code: str | None, languages: tuple[str, ...] = LANGUAGES) -> str | None:
    """Find the language we speak that is meant by an IETF tag; None when there is none."""
    if not language_code:
        return None
    wanted = language_code.replace("_", "-").casefold()
    exact = {language.casefold(): language for language in languages}
    by_first_part: Mapping[str, str] = {language.split("-")[0]: language for language in languages}
    return exact.get(wanted) or by_first_part.get(wanted.split("-")[0])
