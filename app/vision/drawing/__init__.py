"""Drawings: outlines, alignment overlays and the report sheet."""
