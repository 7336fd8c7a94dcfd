"""Telegram's rules that need no chat: error answers, markup, entities, picture headers."""
