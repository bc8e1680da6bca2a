"""Everything that knows pictures and nothing of HTTP or storage."""
