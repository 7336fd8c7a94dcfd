"""Which file of a message is to be judged: the photo itself, or the cover that Telegram made for a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Document, ExternalReplyInfo, Message, PhotoSize, Sticker

_IMAGE_NAMES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to fetch from Telegram.

    Attributes:
        file_id: What getFile takes; None when a video has no cover picture.
        size: In bytes, as Telegram says; None when it does not say.
        is_cover: Whether it is the cover of a video or an animation, not a photo somebody took.
        is_photo: Whether it was sent as a photo or an image file, rather than as a sticker or a video.
    """

    file_id: str | None
    size: int | None
    is_cover: bool = False
    is_photo: bool = True


def find_source(message: Message | ExternalReplyInfo) -> Source | None:
    """Find what to judge in a message; None when it holds no picture at all."""
    if message.photo:
        return _largest(message.photo)
    if message.live_photo and message.live_photo.photo:
        return _largest(message.live_photo.photo)
    if message.sticker:
        return _from_sticker(message.sticker)
    # A GIF comes as an animation and as a document of a video type: the animation goes first.
    for video in (message.animation, message.video, message.video_note):
        if video:
            return _cover(video.thumbnail)
    if message.document:
        return _from_document(message.document)
    return None


def _largest(photo: Iterable[PhotoSize]) -> Source:
    """Pick the largest of the sizes in which Telegram keeps a photo."""
    size = max(photo, key=lambda each: each.width * each.height)
    return Source(size.file_id, size.file_size)


def _from_sticker(sticker: Sticker) -> Source:
    if sticker.is_animated or sticker.is_video:
        return _cover(sticker.thumbnail)
    return Source(sticker.file_id, sticker.file_size, is_photo=False)


def _from_document(document: Document) -> Source | None:
    """Trust neither type nor name: the classifier looks at the content, and says what is wrong with it."""
    mime_type = (document.mime_type or "").casefold()
    if mime_type.startswith("image/") or (document.file_name or "").casefold().endswith(_IMAGE_NAMES):
        return Source(document.file_id, document.file_size)
    if mime_type.startswith("video/"):
        return _cover(document.thumbnail)
    return None


def _cover(thumbnail: PhotoSize | None) -> Source:
    if thumbnail is None:
        return Source(None, None, is_cover=True, is_photo=False)
    return Source(thumbnail.file_id, thumbnail.file_size, is_cover=True, is_photo=False)
