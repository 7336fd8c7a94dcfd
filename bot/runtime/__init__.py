"""Start and stop, roles of processes, reload of a new model, deletion of expired rows."""
