"""Seccomp: a process of Linux gives up all system calls but those that computing and answering take.

The filter is a program of the kernel's classic BPF; it is asked before each call. What it does not name fails
with EPERM, so that a library that merely tried goes on.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html; numbers from asm/unistd_64.h and
asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from dataclasses import dataclass

# To read and write what is open, to map memory, to wait, to tell the time, to end.
_ALLOWED = {
    "x86_64": {
        "read": 0, "write": 1, "close": 3, "fstat": 5, "lseek": 8, "munmap": 11, "brk": 12,
        "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "readv": 19, "writev": 20,
        "sched_yield": 24, "mremap": 25, "madvise": 28, "nanosleep": 35, "getpid": 39, "sendto": 44,
        "recvfrom": 45, "exit": 60, "uname": 63, "gettimeofday": 96, "getrlimit": 97, "getrusage": 98,
        "sysinfo": 99, "getuid": 102, "getppid": 110,
        "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204,
        "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
        "exit_group": 231, "set_robust_list": 273, "getcpu": 309, "getrandom": 318, "membarrier": 324,
        "rseq": 334,
    },
    "aarch64": {
        "lseek": 62, "close": 57, "read": 63, "write": 64, "readv": 65, "writev": 66, "fstat": 80, "exit": 93,
        "exit_group": 94, "futex": 98, "set_robust_list": 99, "nanosleep": 101, "clock_gettime": 113,
        "clock_getres": 114, "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124,
        "restart_syscall": 128, "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135,
        "rt_sigreturn": 139, "uname": 160, "getrlimit": 163, "getrusage": 165, "getcpu": 168,
        "gettimeofday": 169, "getpid": 172, "getppid": 173, "getuid": 174, "gettid": 178, "sysinfo": 179,
        "sendto": 206, "recvfrom": 207, "brk": 214, "munmap": 215, "mremap": 216, "madvise": 233,
        "getrandom": 278, "membarrier": 283, "rseq": 293,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Machine:
    """What the filter must know of a processor: its name in the kernel, and calls that are looked into."""

    audit: int
    seccomp: int
    mmap: int
    mprotect: int
    tgkill: int
    clone3: int


_MACHINES = {
    "x86_64": _Machine(audit=0xC000003E, seccomp=317, mmap=9, mprotect=10, tgkill=234, clone3=435),
    "aarch64": _Machine(audit=0xC00000B7, seccomp=277, mmap=222, mprotect=226, tgkill=131, clone3=435),
}
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_CALL, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # where `struct seccomp_data` has them
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_PROT_EXEC = 4
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


class _Instruction(ctypes.Structure):
    """`struct sock_filter`: do `code` with `k`; a comparison skips `jt` instructions if true, else `jf`."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def give_up_system_calls() -> bool:
    """Forbid all threads of this process what a worker does not need, for good.

    Nothing can be opened, connected, started or sent to another process, and no memory become a program.
    `no_new_privs` must be set before.

    Returns:
        Whether that was done: False on a processor that is not known here, or without seccomp in the kernel.

    Raises:
        OSError: The kernel refused for another reason.
    """
    name = platform.machine()
    machine = _MACHINES.get(name)
    if machine is None:
        return False
    instructions = _build_filter(machine, sorted(_ALLOWED[name].values()))
    program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(
        machine.seccomp,
        ctypes.c_uint(_SET_MODE_FILTER),
        ctypes.c_uint(_ALL_THREADS),
        ctypes.byref(program),
    )
    if done == 0:
        return True
    if ctypes.get_errno() in {errno.ENOSYS, errno.EINVAL}:
        return False
    raise OSError(ctypes.get_errno(), "seccomp")


def _build_filter(machine: _Machine, allowed: list[int]) -> list[_Instruction]:
    """Write the program that decides on each call."""
    fail = _FAIL | errno.EPERM
    program = [
        _Instruction(_LOAD, 0, 0, _ARCHITECTURE),
        _Instruction(_EQUAL, 1, 0, machine.audit),
        _Instruction(_RETURN, 0, 0, _KILL),  # calls of another kind have other numbers
        _Instruction(_LOAD, 0, 0, _CALL),
    ]
    for number in allowed:
        program += _on(number, [_Instruction(_RETURN, 0, 0, _ALLOW)])
    # No memory becomes a program: what a decoder was made to write cannot be run.
    for number in (machine.mmap, machine.mprotect):
        program += _on(number, _decide(2, _ANY_BIT, _PROT_EXEC, if_true=fail, if_false=_ALLOW))
    # abort() signals this process itself.
    program += _on(machine.tgkill, _decide(0, _EQUAL, os.getpid(), if_true=_ALLOW, if_false=fail))
    # Its arguments cannot be looked into; the C library then tries clone, which fails, too.
    program += _on(machine.clone3, [_Instruction(_RETURN, 0, 0, _FAIL | errno.ENOSYS)])
    return [*program, _Instruction(_RETURN, 0, 0, fail)]


def _on(number: int, then: list[_Instruction]) -> list[_Instruction]:
    """Do something for one call only."""
    return [_Instruction(_EQUAL, 0, len(then), number), *then]


def _decide(argument: int, compare: int, value: int, *, if_true: int, if_false: int) -> list[_Instruction]:
    """Decide by the lower half of an argument."""
    return [
        _Instruction(_LOAD, 0, 0, _ARGUMENTS + 8 * argument),
        _Instruction(compare, 0, 1, value),
        _Instruction(_RETURN, 0, 0, if_true),
        _Instruction(_RETURN, 0, 0, if_false),
    ]
