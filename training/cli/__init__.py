"""The commands of `python -m training`: what each one runs, and the tables that it prints."""
