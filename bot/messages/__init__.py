"""What is said and what is read: texts in every language, keyboards, the media in a message."""
