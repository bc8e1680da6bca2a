"""Trains the network that says what happened in a changed region: `python -m training.kinds --photos DIR`."""
