"""Trained networks: the change detector, the ImageNet networks, and loading and downloading of their weights."""
