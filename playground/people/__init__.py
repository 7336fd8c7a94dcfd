"""Scripted people: who there is, what they send and change, who joins and leaves, what they wait for."""
