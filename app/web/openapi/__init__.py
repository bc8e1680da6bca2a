"""The API's description, and its page."""
