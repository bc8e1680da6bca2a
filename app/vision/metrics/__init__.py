"""Measures of difference, each in one file."""
