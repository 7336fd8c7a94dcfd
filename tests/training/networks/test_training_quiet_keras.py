"""What people see of TensorFlow in their terminals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]


def test_keras_is_loaded_without_a_line_about_graphics_cards():
    """Nor one about the processor: who trains on a small machine has done nothing wrong."""
    program = "from training.networks.quiet_keras import keras; keras.ops.zeros(1)"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("", "")


def test_keras_is_loaded_in_one_place():
    """Whoever imports it first decides which lines are seen."""
    offenders = [
        str(path.relative_to(PROJECT))
        for path in (PROJECT / "training").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import keras", "from keras", "import tensorflow", "from tensorflow"))
    ]

    assert offenders == []
