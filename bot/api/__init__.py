"""For other programs: an HTTP API that judges pictures."""
