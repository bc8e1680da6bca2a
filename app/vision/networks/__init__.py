"""Trained networks: which ImageNet network there is, where its weights come from, and how they are read."""
