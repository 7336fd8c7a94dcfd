"""How much of a clip is looked at, and how long it may be."""

CLIP_LOOKS = 16
"""How many moments of a clip are looked at, at most."""
CLIP_SECONDS = 60
"""A longer clip is not watched."""
