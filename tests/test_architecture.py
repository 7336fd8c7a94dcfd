"""Imports go where the design allows and nowhere else: bot → classifier ← training, playground apart."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "classifier", "playground", "training")

ALLOWED_ROOMS = {
    "bot": {"bot", "classifier"},
    "classifier": {"classifier"},
    "playground": {"playground"},
    "training": {"training", "classifier"},
}
EXTRA_ROOMS = {"bot/cli.py": {"playground"}}
"""Without a token, `python -m bot` starts the playground; only there may it be imported."""

PACKAGES_AT_HOME = {
    "telegram": {"bot"},
    "tensorflow": {"training"},
    "keras": {"training"},
    "cv2": {"classifier", "training"},
}
ENVIRONMENT_HOME = "bot/config/settings.py"

FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def name_file(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def list_imports(source: str) -> set[str]:
    """List the modules that a file imports, at any depth, by statement or by `import_module("...")`."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = ast.unparse(node.func)
            if called in {"importlib.import_module", "import_module", "__import__"}:
                found.add(str(node.args[0].value))
    return found


def reads_environment(source: str) -> bool:
    """Tell whether a file touches `os.environ` or `os.getenv`, however it imports them."""
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os":
            return True
        if isinstance(node, ast.ImportFrom) and node.module == "os" and names & {a.name for a in node.names}:
            return True
    return False


def test_every_room_is_looked_at() -> None:
    """An empty list would allow everything."""
    assert {path.relative_to(ROOT).parts[0] for path in FILES} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_rooms_import_only_the_rooms_they_may(path: Path) -> None:
    """The classifier serves bot and training; nobody imports the playground, and it imports nobody."""
    room = path.relative_to(ROOT).parts[0]
    allowed = ALLOWED_ROOMS[room] | EXTRA_ROOMS.get(name_file(path), set())
    imported = {name.split(".")[0] for name in list_imports(path.read_text(encoding="utf-8"))}
    assert imported & {*ROOMS, "tests"} <= allowed


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_imports_are_absolute(path: Path) -> None:
    """A relative import would hide which room it leads to."""
    assert not [name for name in list_imports(path.read_text(encoding="utf-8")) if name.startswith(".")]


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_packages_stay_in_their_rooms(path: Path) -> None:
    """Telegram is the bot's, TensorFlow is training's, OpenCV belongs to those who handle pixels."""
    room = path.relative_to(ROOT).parts[0]
    imported = {name.split(".")[0] for name in list_imports(path.read_text(encoding="utf-8"))}
    assert not {name for name, homes in PACKAGES_AT_HOME.items() if name in imported and room not in homes}


@pytest.mark.parametrize("path", FILES, ids=name_file)
def test_only_the_settings_read_the_environment(path: Path) -> None:
    """Settings are read once at the edge and passed in."""
    assert not reads_environment(path.read_text(encoding="utf-8")) or name_file(path) == ENVIRONMENT_HOME


def test_the_classifiers_types_are_a_leaf() -> None:
    """Everybody may import them because they import nobody."""
    imported = list_imports((ROOT / "classifier" / "types.py").read_text(encoding="utf-8"))
    assert {name.split(".")[0] for name in imported} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("source", "imported"),
    [
        ("import bot.app", {"bot.app"}),
        ("def f():\n    from training import train", {"training"}),
        ("import importlib\nimportlib.import_module('keras.layers')", {"importlib", "keras.layers"}),
        ("from . import x", {"."}),
    ],
)
def test_hidden_imports_are_found(source: str, imported: set[str]) -> None:
    """Inside functions and behind importlib as well."""
    assert list_imports(source) == imported


@pytest.mark.parametrize(
    "source", ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ"]
)
def test_each_way_to_read_the_environment_is_found(source: str) -> None:
    """As an attribute or as a name."""
    assert reads_environment(source)
