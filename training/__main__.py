"""The training room's commands: `python -m training --help`.

Exit status: 0 when the command did its work, 1 when it could not and said why, 2 for bad arguments.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cyclopts import CycloptsError

from classifier.types import ClassifierError
from training.cli.parser import NoCommandError, parse
from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    try:
        run = parse(sys.argv[1:] if arguments is None else arguments)
    except (CycloptsError, NoCommandError) as error:
        said = str(error)
        return _fail(f"{said}{'' if said.endswith(('.', '?')) else '.'} See --help.", status=2)
    try:
        run()
    except (TrainingError, ClassifierError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename or 'A file'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        return _fail("Stopped.")
    return 0


def _fail(sentence: str, status: int = 1) -> int:
    """Say what went wrong."""
    print(f"python -m training: error: {sentence}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
