"""Which file of a message to classify: the photo itself, or a clip and the cover that Telegram made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from telegram import Animation, Document, ExternalReplyInfo, Message, PhotoSize, Sticker, Video, VideoNote

_IMAGE_NAMES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip to fetch from Telegram.

    Attributes:
        file_id: What getFile takes.
        size: In bytes, as Telegram says; None when it does not say.
        seconds: How long it is; 0 when Telegram does not say.
    """

    file_id: str
    size: int | None
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to fetch from Telegram, and the clip that is watched instead where that can be done.

    Attributes:
        file_id: What getFile takes; None when a video has no cover picture.
        size: In bytes, as Telegram says; None when it does not say.
        is_cover: Whether it is the cover of a video or an animation, not a photo somebody took.
        is_photo: Whether it was sent as a photo or an image file, rather than as a sticker or a video.
        clip: What the picture stands for; None for photos and for what cannot be watched.
    """

    file_id: str | None
    size: int | None
    is_cover: bool = False
    is_photo: bool = True
    clip: ClipFile | None = None


def find_source(message: Message | ExternalReplyInfo) -> Source | None:
    """Find what to classify in a message; None when it holds no picture at all."""
    if message.photo:
        return _largest(message.photo)
    if message.live_photo and message.live_photo.photo:
        return _largest(message.live_photo.photo)
    if message.sticker:
        return _from_sticker(message.sticker)
    # A GIF comes as an animation and as a document of a video type: the animation goes first.
    for video in (message.animation, message.video, message.video_note):
        if video:
            return _from_video(video)
    if message.document:
        return _from_document(message.document)
    return None


def _largest(photo: Iterable[PhotoSize]) -> Source:
    """Pick the largest of the sizes in which Telegram keeps a photo."""
    size = max(photo, key=lambda each: each.width * each.height)
    return Source(size.file_id, size.file_size)


def _from_video(video: Animation | Video | VideoNote) -> Source:
    # As Telegram says it: python-telegram-bot warns that the type of its attribute will change.
    seconds = float(video.to_dict()["duration"])
    clip = ClipFile(video.file_id, video.file_size, seconds)
    return replace(_cover(video.thumbnail), clip=clip)


def _from_sticker(sticker: Sticker) -> Source:
    if sticker.is_video:
        return replace(_cover(sticker.thumbnail), clip=ClipFile(sticker.file_id, sticker.file_size))
    if sticker.is_animated:  # a drawing that is no video
        return _cover(sticker.thumbnail)
    return Source(sticker.file_id, sticker.file_size, is_photo=False)


def _from_document(document: Document) -> Source | None:
    """Find the picture in a document. Type and name are not trusted: the classifier checks the content."""
    mime_type = (document.mime_type or "").casefold()
    clip = ClipFile(document.file_id, document.file_size)
    if mime_type == "image/gif":
        return Source(document.file_id, document.file_size, clip=clip)
    if mime_type.startswith("image/") or (document.file_name or "").casefold().endswith(_IMAGE_NAMES):
        return Source(document.file_id, document.file_size)
    if mime_type.startswith("video/"):
        return replace(_cover(document.thumbnail), clip=clip)
    return None


def _cover(thumbnail: PhotoSize | None) -> Source:
    if thumbnail is None:
        return Source(None, None, is_cover=True, is_photo=False)
    return Source(thumbnail.file_id, thumbnail.file_size, is_cover=True, is_photo=False)
