"""Exchange with Telegram: requests, rate limits, downloads, incoming updates."""
