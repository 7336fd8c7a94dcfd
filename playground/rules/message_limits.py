"""Limits of what a bot may send: lengths of texts, bytes and sides of photos, sizes of albums."""

from __future__ import annotations

# Limits of sendMessage, sendPhoto, sendDocument and sendMediaGroup.
# Source: https://core.telegram.org/bots/api#sendmessage and the methods after it
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
PHOTO_LIMIT = 10 * 1024 * 1024
PHOTO_SIDES = 10_000  # width and height together
PHOTO_RATIO = 20  # of the longer side to the shorter
DOCUMENT_LIMIT = 50 * 1024 * 1024
ALBUM_SIZES = range(2, 11)
