"""A load test of the whole bot: `python -m tests.load --help`."""
