"""A chunk of lines in, its summary out: carefully, or with the compiled scan."""
