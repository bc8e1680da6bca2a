"""Many pairs without a server."""
