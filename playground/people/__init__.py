"""Scripted people: they send and change messages, join and leave chats, and wait for the bot."""
