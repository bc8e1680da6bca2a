"""One evaluation: `pipeline` has the ordered list of its steps."""
