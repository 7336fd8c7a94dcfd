"""Landlock: a process of Linux 5.13 or newer gives up files, and with newer ones TCP and signals, for good.

Source: https://docs.kernel.org/userspace-api/landlock.html; the numbers are those of linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os

# One number on all architectures.
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""From which version on the kernel knows so many rights to files and folders."""
_NETWORK_VERSION, _SCOPE_VERSION = 4, 6
_TCP = 0b11  # to bind and to connect
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class _Ruleset(ctypes.Structure):
    """`struct landlock_ruleset_attr`: what is forbidden unless a rule allows it."""

    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


def give_up_files() -> int:
    """Forbid this thread, and what it starts, all files, TCP, and signals to others, for good.

    Files that are open stay open. `no_new_privs` must be set before.

    Returns:
        Landlock's version in this kernel; 0 where it has none, and nothing was forbidden.

    Raises:
        OSError: The kernel has Landlock and did not do it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION)))
    if version < 1:
        return 0
    rights = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    rules = _Ruleset(
        files=(1 << rights) - 1,
        network=_TCP if version >= _NETWORK_VERSION else 0,
        scoped=_ABSTRACT_SOCKETS_AND_SIGNALS if version >= _SCOPE_VERSION else 0,
    )
    # No rule is added: nothing is allowed.
    ruleset = libc.syscall(
        _CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(_measure(version)), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    try:
        if libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)) != 0:
            raise OSError(ctypes.get_errno(), "landlock_restrict_self")
    finally:
        os.close(ruleset)
    return version


def _measure(version: int) -> int:
    """Give the bytes of the structure that a kernel of that version knows."""
    if version >= _SCOPE_VERSION:
        return ctypes.sizeof(_Ruleset)
    return _Ruleset.scoped.offset if version >= _NETWORK_VERSION else _Ruleset.network.offset
