"""Confinement: what a worker gives up before it sees a stranger's byte, so that a bug harms nothing else.

It keeps its memory, the models that are mapped, and one socket to the process that it works for. On Linux it
can then open no file, make no socket, start no program and signal nobody. Where a kernel offers less, it runs
with less: `Confinement` says with what.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from dataclasses import dataclass

_SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES, _SET_PARENT_DEATH_SIGNAL = 4, 38, 1  # linux/prctl.h


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a worker has given up.

    Attributes:
        no_new_privileges: No program that it starts gets rights that it has not.
        system_calls: All but those that computing and answering take (seccomp).
        landlock: The version with which it gave up files; 0 where the kernel has no Landlock.
        limits: The number of open files and processes, and the size of files, are limited to nothing.
    """

    no_new_privileges: bool = False
    system_calls: bool = False
    landlock: int = 0
    limits: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the kernel offered all of it."""
        return self.no_new_privileges and self.system_calls and self.landlock > 0 and self.limits

    def describe(self) -> str:
        """Say in a sentence what is missing; empty when nothing is."""
        parts = {
            "no_new_privs": self.no_new_privileges,
            "seccomp": self.system_calls,
            "Landlock": self.landlock > 0,
            "resource limits": self.limits,
        }
        missing = [name for name, there in parts.items() if not there]
        return f"Workers are confined without {', '.join(missing)}: not offered here." if missing else ""


def confine() -> Confinement:
    """Give up, for good, all that a worker does not need. What it reads must be loaded before.

    Its standard input, output and error lead nowhere from here on.
    """
    if sys.platform != "linux":
        return Confinement()
    from classifier.workers.landlock import give_up_files  # noqa: PLC0415 - of no use elsewhere
    from classifier.workers.seccomp import give_up_system_calls  # noqa: PLC0415

    _close_standard_streams()
    no_new_privileges = _control(_SET_NO_NEW_PRIVILEGES, 1)
    landlock, system_calls = 0, False
    with contextlib.suppress(OSError):
        landlock = give_up_files()
    limits = _limit_to_nothing()
    with contextlib.suppress(OSError):
        system_calls = give_up_system_calls()  # the last: it forbids the calls above
    return Confinement(no_new_privileges, system_calls, landlock, limits)


def hide_from_other_processes() -> bool:
    """Keep this process's memory and environment from others of the same user; tell whether that worked.

    On Linux only. `/proc/PID/environ` shows the environment with which a program was started, whatever
    became of it since.
    """
    return sys.platform == "linux" and _control(_SET_DUMPABLE, 0)


def end_with_parent(signal_number: int) -> bool:
    """Have the kernel send this process a signal when its parent ends, on Linux; tell whether it will."""
    return sys.platform == "linux" and _control(_SET_PARENT_DEATH_SIGNAL, signal_number)


def close_inherited_files(keep: int) -> None:
    """Close all that was open in the process that this one was forked from, but the standard streams."""
    if sys.platform != "linux":
        return
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - the names alone
        descriptor = int(name)
        if descriptor > 2 and descriptor != keep:  # noqa: PLR2004 - the standard streams are 0 to 2
            with contextlib.suppress(OSError):  # the one with which the folder was listed
                os.close(descriptor)


def _close_standard_streams() -> None:
    """Let nothing be written to the terminal or the log."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.close(null)


def _limit_to_nothing() -> bool:
    """Let no file be opened or written, and no process be started, whatever else fails."""
    import resource  # noqa: PLC0415  not on every platform

    try:
        for limit in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
            resource.setrlimit(limit, (0, 0))
    except (OSError, ValueError):
        return False
    return True


def _control(option: int, value: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(option, ctypes.c_ulong(value), *(ctypes.c_ulong(0),) * 3) == 0)
