"""The settings: how they are read, checked and listed."""
