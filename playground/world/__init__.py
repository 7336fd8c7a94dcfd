"""The simulated Telegram's state: users, chats, messages, files, updates, the bot's account, the call log."""
