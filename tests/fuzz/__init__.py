"""Fuzzing of all that reads a stranger's bytes before OpenCV does: `python -m tests.fuzz --help`."""
