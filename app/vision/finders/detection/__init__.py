"""What finders have in common: exact and tolerant detection, grouping of pixels into regions, the kind of a change."""
