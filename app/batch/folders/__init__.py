"""Compare two folders: pair the files, evaluate the pairs in parallel, write a gallery."""
