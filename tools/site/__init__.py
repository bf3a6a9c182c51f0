"""The documentation site: the repository's own pages and those that the code makes, as HTML."""
