"""A context for clients that speak plain HTTP."""

from __future__ import annotations

import ssl

# Without it, every client reads the list of certificate authorities, which takes longer than most tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
