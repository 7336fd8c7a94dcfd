"""To and from Telegram: requests, rate limits, downloads, incoming updates."""
