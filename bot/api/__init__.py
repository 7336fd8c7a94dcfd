"""For other programs and for cameras: an HTTP API that judges pictures, and the live page."""
