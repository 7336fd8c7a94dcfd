"""The Bot API over HTTP: methods, their parameters, and Telegram's error answers."""
