"""Keras, imported without TensorFlow's lines about graphics cards and processors in people's terminals.

Every file that needs it says `from training.networks.quiet_keras import keras`.
"""

from __future__ import annotations

import os

from classifier.litert import hide_lines

# putenv rather than os.environ: this is a word to TensorFlow's C++ side, which reads it while it is loaded.
os.putenv("TF_CPP_MIN_LOG_LEVEL", "3")  # what fails comes as an exception, too

TENSORFLOW_LINES = (
    b"WARNING: All log messages before absl::InitializeLog()",
    b"I0000 ",
    b"E0000 ",
    b"W0000 ",
)
"""How lines begin that are written before the level above is known."""

with hide_lines(*TENSORFLOW_LINES):
    import keras
    from keras import layers, ops

__all__ = ["TENSORFLOW_LINES", "keras", "layers", "ops"]
