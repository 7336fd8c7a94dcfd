"""The bot's Telegram side: receives messages, asks the classifier, replies."""

__version__ = "1.0.0"
