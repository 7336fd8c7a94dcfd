"""Telegram's rules that do not depend on a chat: errors, markup, entities, picture headers."""
