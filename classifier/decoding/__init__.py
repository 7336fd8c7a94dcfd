"""Bytes to pixels: which format it is, how large, and its picture or the moments of its clip."""
