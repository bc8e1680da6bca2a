"""Image Diff: what changed between two pictures?"""
