"""Processes of their own that decode and classify what strangers send: a pool, deadlines, confinement."""
