"""Two folders compared, file by file: paired by name, evaluated in parallel, told in one gallery."""
