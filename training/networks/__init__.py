"""The networks: architectures, losses, and their files."""
