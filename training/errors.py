"""What a person can do something about: shown as a sentence, without a traceback. A leaf: imports nothing."""


class TrainingError(Exception):
    """Anything this room refuses. `str()` is a sentence that says what to do."""
