"""A fair trial against the package people would pick instead."""
