"""The chat page and the HTTP API that it calls."""
