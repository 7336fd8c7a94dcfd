"""A fair comparison against the package people would pick instead."""
