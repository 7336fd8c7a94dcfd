"""Free ports outside the range from which the system gives its own.

A port that the system picked, and that is free again until somebody listens on it, may go to any connection
of any process meanwhile. These go to nobody who does not ask for them by number.
"""

from __future__ import annotations

import os
import socket
from itertools import count
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST = 10_000
_LAST = int(_RANGE.read_text(encoding="utf-8").split()[0]) - 1 if _RANGE.exists() else 32_000
# Processes that run tests beside each other begin at different places.
_numbers = count(os.getpid() * 499)


def find_free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on, each time another one."""
    while True:
        port = _FIRST + next(_numbers) % (_LAST + 1 - _FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
