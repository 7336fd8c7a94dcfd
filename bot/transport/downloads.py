"""Download files from Telegram into memory, never to disk, with limits on size and time."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import cache
from typing import TYPE_CHECKING

import httpx

from bot.messages.problems import PhotoError
from bot.transport.retry_policy import RetryPolicy

if TYPE_CHECKING:
    import ssl

    from telegram import Bot

    from bot.messages.media import Source

_RETRIES = RetryPolicy(first_pause=0.5, longest_pause=1.0, attempts=3)
_logger = logging.getLogger(__name__)


@cache
def build_tls_context() -> ssl.SSLContext:
    """Load the trusted certificates once for all connections: each load takes 0.1 s."""
    return httpx.create_ssl_context()


class Downloader:
    """Fetches pictures.

    Args:
        max_bytes: Larger files are refused, whatever `file_size` said.
        seconds: Time limit for one picture, all attempts together. The calls that ask for its URL have the
            rate limiter's retry window as their own limit.
        proxy: The address of the proxy to fetch through; None for none.
    """

    def __init__(self, max_bytes: int, seconds: float, proxy: str | None = None) -> None:
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._client = httpx.AsyncClient(
            verify=build_tls_context(), timeout=seconds, follow_redirects=False, proxy=proxy, trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def fetch(self, bot: Bot, source: Source) -> bytes:
        """Fetch a picture.

        Raises:
            PhotoError: Too large, gone, without a cover, or the server failed until the time was over.
            TelegramError: Telegram refused to name the file's address.
        """
        if source.file_id is None:
            raise PhotoError("no_cover")
        if source.size is not None and source.size > self._max_bytes:
            raise PhotoError("too_many_bytes")
        file_id, left = source.file_id, self._seconds

        async def read() -> bytes:
            nonlocal left
            # Each attempt asks for a new URL, because a URL expires after an hour.
            file = await bot.get_file(file_id)
            started = time.monotonic()
            try:
                async with asyncio.timeout(left):
                    return await self._read(file.file_path or "")
            finally:
                left -= time.monotonic() - started

        try:
            return await _RETRIES.call(read, lambda error: isinstance(error, httpx.HTTPError), _report)
        except TimeoutError:
            _logger.warning("Download timed out after %s s", self._seconds)
        except httpx.HTTPError as error:
            _report(error)
        raise PhotoError("download_failed")

    async def _read(self, address: str) -> bytes:
        """Read the body piece by piece and stop at the limit."""
        image_bytes = bytearray()
        async with self._client.stream("GET", address) as response:
            response.raise_for_status()
            async for piece in response.aiter_bytes():
                image_bytes += piece
                if len(image_bytes) > self._max_bytes:
                    raise PhotoError("too_many_bytes")
        return bytes(image_bytes)


def _report(error: Exception, _pause: float = 0.0) -> None:
    # Only the kind of error is logged: its text holds the address, and that holds the token.
    _logger.warning("Download failed: %s", type(error).__name__)
