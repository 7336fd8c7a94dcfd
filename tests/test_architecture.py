"""Imports go where the design allows and nowhere else; each test names every offender at once.

bot → classifier ← training, playground apart; inside bot, classifier and training from the top floor down.
"""

from __future__ import annotations

import ast
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "classifier", "playground", "training")
FILES = sorted(path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py"))

PACKAGES_AT_HOME = {
    "telegram": ("bot/",),
    "tensorflow": ("training/",),
    "keras": ("training/",),
    "cv2": ("classifier/", "training/"),
    "os.environ": ("bot/config/settings.py",),
}
ALLOWED_ROOMS = {
    "bot": {"bot", "classifier"},
    "classifier": {"classifier"},
    "playground": {"playground"},
    "training": {"training", "classifier"},
}
EXTRA_ROOMS = {"bot/cli.py": {"playground"}}
"""Without a token, `python -m bot` starts the playground; only there may it be imported."""

# Top floor first. What stands on one floor is imported from the floors above it, never from beside it.
FLOORS = {
    "bot": (
        ("__main__", "healthcheck"),
        ("cli",),
        ("runtime",),
        ("app", "api"),
        ("handlers",),
        ("answers",),
        ("context",),
        ("feedback", "limits", "transport"),
        ("inbox", "messages"),
        ("storage", "observability", "config"),
    ),
    "classifier": (
        ("__main__",),
        ("cli_output", "photo_folders", "workers"),
        ("drawing",),
        ("predictor",),
        ("model", "model_copy", "classification"),
        ("faces", "decoding", "model_info", "worker_messages"),
        ("atomic_write", "clip_limits", "face_encryption", "litert", "opencv"),
        ("types",),
    ),
    "training": (
        ("__main__",),
        ("cli",),
        ("feedback",),
        ("release", "experiments"),
        ("fit",),
        ("evaluation", "networks"),
        ("data",),
        ("run_log", "errors", "files", "options"),
    ),
}


LEAVES = ("classifier/types.py",)
"""Everybody may import these because they import nobody: only what comes with Python."""


def list_imports(source: str) -> set[str]:
    """List the modules that a file imports, at any depth, by statement or by `import_module("...")`.

    A name that is imported from a module is listed behind a dot, as it may be a module, too. `os.environ`
    stands for every way to read the environment.
    """
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            if ast.unparse(node.func) in {"importlib.import_module", "import_module", "__import__"}:
                found.add(str(node.args[0].value))
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os":
            found.add(f"os.{node.attr}")
    if found & {"os.environb", "os.getenv", "os.getenvb"}:
        found.add("os.environ")
    return found


@cache
def imports_of(file: str) -> frozenset[str]:
    return frozenset(list_imports((ROOT / file).read_text(encoding="utf-8")))


def files_imported_by(file: str) -> set[str]:
    """Of the project's own files. A package counts as its `__init__.py`."""
    paths = {name.replace(".", "/") for name in imports_of(file)}
    return {candidate for path in paths for candidate in (f"{path}.py", f"{path}/__init__.py")} & set(FILES)


def floor_of(room: str, file: str) -> tuple[int, str]:
    """Say on which floor of its room a file stands, counted from the top, and in which package."""
    package = file.split("/")[1].removesuffix(".py")
    for number, packages in enumerate(FLOORS[room]):
        if package in packages:
            return number, package
    raise LookupError(f"{file} stands on no floor. Say in FLOORS where its package belongs.")


def find_cycles(room: str) -> list[list[str]]:
    """Find the groups of files that reach each other, by imports for type checking as well."""
    inside = [file for file in FILES if file.startswith(f"{room}/")]
    reached = {file: files_imported_by(file) & set(inside) for file in inside}
    for middle in inside:  # Warshall: what is reached through this file
        for file in inside:
            if middle in reached[file]:
                reached[file] |= reached[middle]
    in_cycles = [file for file in inside if file in reached[file]]
    groups = {tuple(sorted(o for o in in_cycles if o in reached[f] and f in reached[o])) for f in in_cycles}
    return [list(group) for group in sorted(groups)]


def test_packages_are_imported_only_where_they_belong() -> None:
    """Telegram is the bot's, TensorFlow is training's, OpenCV belongs to those who handle pixels.

    The environment is read once, by the settings.
    """
    assert {file.split("/")[0] for file in FILES} == set(ROOMS), "an empty list would allow everything"
    assert "os.environ" in imports_of("bot/config/settings.py"), "what is not found cannot be refused"
    assert [
        f"{file} imports {package}"
        for file in FILES
        for package, homes in PACKAGES_AT_HOME.items()
        if any(name == package or name.startswith(f"{package}.") for name in imports_of(file))
        if not file.startswith(homes)
    ] == []


def test_rooms_import_only_the_rooms_they_may() -> None:
    """The classifier serves bot and training; nobody imports the playground, and it imports nobody.

    No import is relative: it would hide which room it leads to.
    """
    assert [
        f"{file} imports {name}"
        for file in FILES
        for name in sorted(imports_of(file))
        if name.split(".")[0] in {"", "tests", *ROOMS}
        if name.split(".")[0] not in ALLOWED_ROOMS[file.split("/")[0]] | EXTRA_ROOMS.get(file, set())
    ] == []


def test_inside_a_room_imports_go_downwards() -> None:
    """A package imports what stands on a floor below its own, and nothing from beside it or above."""
    offenders = [
        f"{file} imports {name}"
        for file in LEAVES
        for name in sorted(imports_of(file))
        if name.split(".")[0] not in sys.stdlib_module_names
    ]
    for room in FLOORS:
        for file in (file for file in FILES if file.startswith(f"{room}/") and file != f"{room}/__init__.py"):
            floor, package = floor_of(room, file)
            for imported in sorted(files_imported_by(file)):
                if imported.startswith(f"{room}/") and imported != f"{room}/__init__.py":
                    below, other = floor_of(room, imported)
                    if below <= floor and other != package:
                        offenders.append(f"{file} imports {imported}")
    assert offenders == []


def test_no_two_files_of_a_room_import_each_other() -> None:
    """Not even through others: whoever reads one file need not know the other first."""
    assert [cycle for room in ROOMS for cycle in find_cycles(room)] == []
