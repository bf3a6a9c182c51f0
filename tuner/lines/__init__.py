"""A line in, a record out; a record in, the event that it is out."""
