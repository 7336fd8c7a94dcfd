"""python -m bot. Nothing is imported up here: each worker process reads this file, too."""

import sys

if __name__ == "__main__":
    from bot.cli import main

    sys.exit(main())
