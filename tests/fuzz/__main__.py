"""Fuzz what reads a stranger's bytes before OpenCV does, guided by coverage.

    python -m tests.fuzz --seconds 300
    python -m tests.fuzz --seconds 300 --target decoding

Starts from tests/fuzz/corpus and from files made here, and stops at the first fault; the file crash-* holds
the bytes that show it. At the end what reaches code that no file of the corpus reaches joins the corpus, and
the tests replay it. Atheris is not among the locked packages; the fuzzer runs in an environment of its own:

    python3 -m venv .venv-fuzz
    .venv-fuzz/bin/pip install --require-hashes --no-deps -r requirements/atheris.lock
    .venv-fuzz/bin/python -m tests.fuzz
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

_LARGEST_BYTES = 4_096
_ONE_INPUT_SECONDS = 10
_TARGETS = {"bytes": "check_bytes", "decoding": "check_decoding"}
_INSTALL = (
    "Fuzzing needs atheris, which is not among the locked packages. "
    "Make an environment for it: see python -m tests.fuzz --help."
)


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: %(default)s)")
    parser.add_argument("--target", choices=_TARGETS, default="bytes", help="(default: %(default)s)")
    parser.add_argument("--worker", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser.parse_args()


def fuzz(target: str, arguments: list[str]) -> None:
    """Hand this process over to libFuzzer."""
    import atheris  # only here: everything else runs without it

    with atheris.instrument_imports(
        include=[
            "classifier.decoding.file_formats",
            "classifier.decoding.image",
            "classifier.decoding.orientation",
        ]
    ):
        from tests.fuzz import checks  # instrumented while it is loaded

    atheris.Setup([sys.argv[0], *arguments], getattr(checks, _TARGETS[target]))
    atheris.Fuzz()


def run_fuzzer(target: str, *arguments: str) -> int:
    """Run libFuzzer in a process of its own: it never returns."""
    command = [sys.executable, "-m", "tests.fuzz", "--target", target, "--worker"]
    limits = (f"-max_len={_LARGEST_BYTES}", f"-timeout={_ONE_INPUT_SECONDS}")
    return subprocess.run([*command, *limits, *arguments], check=False).returncode


def fuzz_from_corpus(target: str, seconds: int) -> int:
    """Fuzz for a while, and keep what is worth keeping."""
    from tests.fuzz import checks  # slow to load, and the fuzzer's process loads its own
    from tests.fuzz.corpus import FOLDER, extend_corpus
    from tests.fuzz.seeds import build_seeds

    with tempfile.TemporaryDirectory() as name:
        found = Path(name)
        for number, seed in enumerate(build_seeds()):
            (found / str(number)).write_bytes(seed)
        status = run_fuzzer(target, f"-max_total_time={seconds}", name, str(FOLDER))
        if status == 0:
            contents = [path.read_bytes() for path in found.iterdir()]
            added = extend_corpus(contents, getattr(checks, _TARGETS[target]))
            print(f"No fault. {added} of {len(contents)} files were added to the corpus.")
    return status


def main() -> int:
    """Fuzz, or say what is missing for it."""
    options = read_arguments()
    if importlib.util.find_spec("atheris") is None:
        print(_INSTALL, file=sys.stderr)
        return 2
    if options.worker is None:
        return fuzz_from_corpus(options.target, options.seconds)
    fuzz(options.target, options.worker)
    return 0


if __name__ == "__main__":
    sys.exit(main())
