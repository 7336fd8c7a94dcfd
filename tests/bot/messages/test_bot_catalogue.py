"""The words: every language has them all, the code uses them all, and nothing is said outside of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as ftl
from fluent.syntax.visitor import Visitor

import bot
from bot.config.settings import LANGUAGES
from bot.messages.catalogue import LANGUAGE_NAMES, LOCALES_DIR, Catalogue, find_language
from bot.transport.command_registration import _ADMIN_COMMANDS, _PRIVATE_COMMANDS, describe_bot

BOT_DIR = Path(bot.__file__).parent
# Where the bot speaks to people. What it says to hosts (logs, settings, the command line) is English.
SPEAKING = [
    *sorted((BOT_DIR / "handlers").glob("*.py")),
    *(
        BOT_DIR / name
        for name in (
            "messages/formatting.py",
            "answers/sending.py",
            "messages/settings_keyboards.py",
            "messages/feedback_keyboards.py",
            "messages/mood_chart.py",
            "messages/my_data.py",
            "messages/problems.py",
        )
    ),
]
# The calls that say a message, and which argument names it.
NAME_PLACES = {"say": 0, "reply": 2, "refuse_press": 2}
# Plural forms that a language needs, by CLDR, for whole numbers.
PLURALS = {
    "en": {"one", "other"},
    "es": {"one", "other"},
    "pt-BR": {"one", "other"},
    "fr": {"one", "other"},
    "de": {"one", "other"},
    "ru": {"one", "few", "many"},
    "uk": {"one", "few", "many"},
    "tr": {"one", "other"},
    "ar": {"zero", "one", "two", "few", "many", "other"},
    "hi": {"one", "other"},
    "id": set(),
    "zh-Hans": set(),
}


class Variables(Visitor):
    """Collects a message's placeholders and plural forms."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.plurals: list[set[str]] = []

    def visit_VariableReference(self, node: ftl.VariableReference) -> None:  # noqa: N802 - the library's name
        """Note a placeholder."""
        self.names.add(node.id.name)

    def visit_SelectExpression(self, node: ftl.SelectExpression) -> None:  # noqa: N802
        """Note the plural forms."""
        self.plurals.append({variant.key.name for variant in node.variants})
        self.generic_visit(node)


def read(language: str) -> dict[str, Variables]:
    resource = FluentParser().parse((LOCALES_DIR / f"{language}.ftl").read_text(encoding="utf-8"))
    assert not [entry for entry in resource.body if isinstance(entry, ftl.Junk)]
    messages = {}
    names = [entry.id.name for entry in resource.body if isinstance(entry, ftl.Message)]
    assert len(names) == len(set(names))
    for entry in resource.body:
        if isinstance(entry, ftl.Message):
            variables = Variables()
            variables.visit(entry)
            messages[entry.id.name] = variables
    return messages


def parse_bot() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in BOT_DIR.rglob("*.py")]


ENGLISH = read("en")


def test_there_is_a_file_for_each_language_and_a_name():
    """No language is promised that has no words, and none has words that is not offered."""
    assert {path.stem for path in LOCALES_DIR.glob("*.ftl")} == set(LANGUAGES) == set(LANGUAGE_NAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_messages_and_placeholders(language: str):
    """A translation lacks nothing that English has, and adds nothing."""
    messages = read(language)

    assert set(messages) == set(ENGLISH)
    assert {name: found.names for name, found in messages.items()} == {
        name: found.names for name, found in ENGLISH.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_are_those_of_the_language(language: str):
    """Each language has all the plural forms that it needs, and no other."""
    plurals = [forms for found in read(language).values() for forms in found.plurals]

    assert all(forms == PLURALS[language] for forms in plurals)
    assert bool(plurals) == bool(PLURALS[language])


def test_every_message_is_used_and_every_use_is_a_message():
    """A message that nobody says goes; one that is said exists."""
    spoken = {
        node.value
        for _, tree in parse_bot()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert set(ENGLISH) - spoken == set()
    for path, tree in parse_bot():
        for name, call in find_speech(tree):
            if isinstance(name, ast.Constant):
                assert name.value in ENGLISH, f"{path.name}:{call.lineno}"


def test_every_placeholder_is_given():
    """Whoever says a message gives exactly its placeholders."""
    for path, tree in parse_bot():
        for name, call in find_speech(tree):
            given = {keyword.arg for keyword in call.keywords}
            if isinstance(name, ast.Constant) and None not in given:
                assert given == ENGLISH[str(name.value)].names, f"{path.name}:{call.lineno}"


def test_nothing_is_said_outside_the_catalogue():
    """Where the bot speaks to people, no sentence stands in the code."""
    for path in SPEAKING:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        silent = {id(constant) for node in ast.walk(tree) for constant in find_silent(node)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
                assert not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", node.value), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_telegram_takes_what_is_registered(language: str):
    """Commands and descriptions stay within Telegram's limits."""
    say = Catalogue("en").texts(language)

    assert len(describe_bot(say, keeps_faces=True)) <= 512
    assert len(say("bot-short-description")) <= 120
    for text in {**_PRIVATE_COMMANDS, **_ADMIN_COMMANDS}.values():
        assert 1 <= len(say(text)) <= 256


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("en", "automatic"),
        ("es", "automático"),
        ("pt-BR", "automático"),
        ("fr", "automatique"),
        ("de", "automatisch"),
        ("ru", "автоматическая"),
        ("uk", "автоматична"),
        ("tr", "otomatik"),
        ("ar", "نظام آلي"),
        ("hi", "स्वचालित"),
        ("id", "otomatis"),
        ("zh-Hans", "自动"),
    ],
)
def test_each_language_says_that_an_automatic_system_answers(language: str, word: str):
    """At first contact, on joining a group, about privacy and on the bot's page."""
    say = Catalogue("en").texts(language)

    for message in ("start", "bot-description"):
        assert word in say(message)
    assert word in say("privacy", learning="")
    assert word in say("introduction", bot="@bot")


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en-GB", "en"),
        ("pt", "pt-BR"),
        ("pt-br", "pt-BR"),
        ("zh-hans", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("uk", "uk"),
        ("tlh", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_is_found_by_its_tag(code: str | None, language: str | None):
    """Telegram's tags come with and without a region."""
    assert find_language(code) == language


@pytest.mark.parametrize(
    ("language", "count", "text"),
    [
        ("en", 1, "1 face: 1 happy"),
        ("en", 31, "31 faces:"),
        ("ru", 21, "21 лицо:"),
        ("ru", 22, "22 лица:"),
        ("ru", 25, "25 лиц:"),
        ("uk", 25, "25 облич:"),
        ("ar", 2, "وجهان"),
        ("zh-Hans", 31, "31 张脸"),
    ],
)
def test_counts_are_said_in_the_right_plural(language: str, count: int, text: str):
    """Numbers agree with their nouns."""
    said = Catalogue("en").texts(language)("faces-summary", faces=count, happy=1, sad=2, unsure=3)

    assert text in said


def find_speech(tree: ast.Module) -> list[tuple[ast.expr, ast.Call]]:
    """All calls that say a message, each behind the argument that names the message."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    return [
        (call.args[NAME_PLACES[call.func.id]], call)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in NAME_PLACES
    ]


def find_silent(node: ast.AST) -> list[ast.AST]:
    """Strings that people in chats never see: docstrings, logs, what is compared with or looked up."""
    if isinstance(node, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        first = node.body[0] if node.body else None
        return [first.value] if isinstance(first, ast.Expr) else []
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value) == "_log"
    ):
        return list(node.args)
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    return []
