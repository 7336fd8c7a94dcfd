"""The commands of `python -m training`: options, the calls they make, and the tables they print."""
