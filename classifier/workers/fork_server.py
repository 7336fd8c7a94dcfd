"""Loaded by nothing but the server that the workers are forked from: what they all inherit."""

import signal

# A closed terminal reaches the whole group. If the server ended, its workers would count as dead.
signal.signal(signal.SIGHUP, signal.SIG_IGN)
