"""Decoding of untrusted files: their pixels and their metadata."""
