"""What the documentation says of the code is what the code says of itself."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from bot import __version__

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "classifier", "training", "playground")


def read_first_sentence(package: Path) -> str:
    """Return a package's docstring, on one line."""
    match = re.match(r'"""(.*?)"""', package.read_text(encoding="utf-8"), re.DOTALL)
    return " ".join(match[1].split()) if match else ""


def test_the_map_of_packages_says_what_the_packages_say():
    """Every package stands in docs/architecture.md with its own docstring, and no other does."""
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    written = dict(re.findall(r"^\| `(\w+/\w+)/` \| (.*?) \|$", page, re.MULTILINE))
    found = {
        str(path.parent.relative_to(ROOT)): read_first_sentence(path)
        for room in ROOMS
        for path in sorted((ROOT / room).glob("*/__init__.py"))
    }

    assert written == found


def test_links_between_pages_lead_somewhere():
    """A reader who follows a link to another page of the repository finds it."""
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "training/README.md")]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [*pages, *sorted((ROOT / "docs").glob("*.md"))]
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert dead == []


def test_the_readme_is_read_in_two_minutes():
    """Whoever looks for more follows a link."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_contributing_names_files_that_exist():
    """Its table of where a change goes holds files of today."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = page.split("## Where does a change go?")[1].split("\n## ")[0]
    quoted = re.findall(r"`([\w/.]+\.\w+|[\w/]+/)`", table)
    named = {name for name in quoted if "/" in name and "xx." not in name}

    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    said = re.findall(r"`(\w+)` in `([\w/]+\.py)`", table)
    assert said
    assert [
        (name, file)
        for name, file in said
        if not re.search(rf"^(class |def )?{name}\b", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    ] == []


def test_pages_name_files_that_exist():
    """A module in a page, by the end of its path or whole, is one of today."""
    modules = [
        str(path.relative_to(ROOT)) for room in (*ROOMS, "tests") for path in (ROOT / room).rglob("*.py")
    ]
    stale = [
        f"{page.relative_to(ROOT)}: {name}"
        for page in [ROOT / "training/README.md", *sorted((ROOT / "docs").glob("*.md"))]
        for name in re.findall(r"`([\w/]+\.py)`", page.read_text(encoding="utf-8"))
        if not any(f"/{module}".endswith(f"/{name}") for module in modules)
    ]

    assert stale == []


def test_every_promise_of_security_names_a_test_that_exists():
    """SECURITY.md says which test holds what it promises; no row of its tables is without."""
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    promises = re.findall(r"^\| (?!promise|--)(.*) \| (.*) \|$", page, re.MULTILINE)
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(
            r"^(?:async )?def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }

    assert promises
    assert [promise for promise, held_by in promises if "`test_" not in held_by] == []
    assert set(re.findall(r"`(test_\w+)`", page)) - written == set()


def test_one_version_is_named_everywhere():
    """The program, its package and the newest entry of the changelog say the same."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", changelog, re.MULTILINE)

    assert newest
    assert newest[1] == project["version"] == __version__
