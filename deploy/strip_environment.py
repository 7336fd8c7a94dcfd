"""python strip_environment.py SITE_PACKAGES: remove from an environment what the bot never reads.

The image is smaller for it, and holds less that somebody could make use of. The Dockerfile runs it once; the
bot's own start in the image, and a photo classified there, show that nothing is missing.
"""

# ruff: noqa: INP001 - a script for the Dockerfile, no part of a package

from __future__ import annotations

import shutil
import sys
from pathlib import Path

# Of the languages that bot/config/settings.py lists, and what each falls back to.
_LANGUAGES = ("root", "en", "es", "pt", "fr", "de", "ru", "uk", "tr", "ar", "hi", "id", "zh")
# Other processors than the CPU, tools to make models, and cascades of another face detector.
_NEVER_READ = (
    "ai_edge_litert/libLiteRtWebGpuAccelerator.so",
    "ai_edge_litert/tools",
    "ai_edge_litert/vendors",
    "cv2/data/*.xml",
    "numpy/f2py",
)
_OWN_TESTS = ("numpy", "tornado", "pytz", "google", "ml_dtypes", "greenlet", "psutil")


def strip(packages: Path) -> None:
    """Remove it all; what is not there, in another version of a package, is no fault."""
    for pattern in _NEVER_READ:
        for path in packages.glob(pattern):
            _remove(path)
    for path in packages.glob("babel/locale-data/*.dat"):
        if path.stem.partition("_")[0] not in _LANGUAGES:
            path.unlink()
    for package in _OWN_TESTS:
        for name in ("test", "tests"):
            for path in [*(packages / package).rglob(name)]:
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


if __name__ == "__main__":
    strip(Path(sys.argv[1]))
