"""Untrusted bytes to pixels, and what the file says of itself."""
