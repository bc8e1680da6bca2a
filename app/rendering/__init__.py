"""A report as HTML, as one file and as a PNG sheet. It knows no HTTP."""
