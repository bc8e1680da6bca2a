"""Rendering of reports as HTML pages, single HTML files and PNG sheets, without HTTP."""
