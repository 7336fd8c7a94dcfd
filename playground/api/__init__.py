"""The Bot API over HTTP: methods, their parameters, and the refusals Telegram gives."""
