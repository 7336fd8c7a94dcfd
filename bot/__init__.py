"""The bot's Telegram side: receives messages, asks the classifier, replies."""
