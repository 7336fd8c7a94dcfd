"""Which buttons were pressed lately: a second press, made before the first took the button away, is one."""

from __future__ import annotations

from collections import OrderedDict

_REMEMBERED = 10_000
Press = tuple[int, int, str]
"""Chat, message, and what the button does."""


class Presses:
    """Remembers the latest presses, while the program runs: after that the buttons are gone."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._remembered = remembered
        self._taken: OrderedDict[Press, None] = OrderedDict()

    def take(self, press: Press) -> bool:
        """Note a press; False when it was made already."""
        if press in self._taken:
            return False
        self._taken[press] = None
        if len(self._taken) > self._remembered:
            self._taken.popitem(last=False)
        return True

    def give_back(self, press: Press) -> None:
        """Forget a press that came to nothing, so that it can be made again."""
        self._taken.pop(press, None)
