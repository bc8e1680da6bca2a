"""Metrics of the difference of two pictures, one in each file."""
