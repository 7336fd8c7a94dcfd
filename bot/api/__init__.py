"""For other programs and for cameras: an HTTP API that classifies pictures, and the live page."""
