"""What Telegram remembers: users, chats, messages, files, updates, the bot's account, the call log."""
