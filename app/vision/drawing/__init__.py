"""Outlines, overlays and the sheet."""
