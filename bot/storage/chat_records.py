"""Records of a chat in the database: its settings and its moods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal


@dataclass(frozen=True)
class ChatSettings:
    """How a chat wants to be answered.

    Attributes:
        when: After a command, after a mention, after every photo, or never.
        how: With picture and text, with text only, or with a reaction only.
        language: None follows the sender.
        answers_per_minute: Further answers are gathered into one; None is no limit.
        quiet_from: The hour, 0 to 23 in the chat's own time, at which quiet begins; None is no quiet.
        quiet_until: The hour at which it ends.
        utc_offset: Minutes that the chat's own time is ahead of UTC.
        mood_enabled: Whether outcomes are counted for /mood.
    """

    when: Literal["command", "mention", "every", "off"] = "command"
    how: Literal["picture", "text", "reaction"] = "picture"
    language: str | None = None
    answers_per_minute: int | None = None
    quiet_from: int | None = None
    quiet_until: int | None = None
    utc_offset: int = 0
    mood_enabled: bool = False

    def is_quiet(self, now: datetime) -> bool:
        """Whether a timezone-aware time is within the quiet hours, which may include midnight."""
        if self.quiet_from is None or self.quiet_until is None:
            return False
        hour = (now.astimezone(UTC) + timedelta(minutes=self.utc_offset)).hour
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= hour < self.quiet_until
        return hour >= self.quiet_from or hour < self.quiet_until


@dataclass(frozen=True)
class MoodCount:
    """Faces classified in one chat within one hour.

    Attributes:
        hour: Its start, in UTC.
        happy: How many looked happy.
        sad: How many looked sad.
        unsure: How many were hard to tell.
    """

    hour: datetime
    happy: int
    sad: int
    unsure: int
