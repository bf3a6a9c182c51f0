"""Logs while they are written: what the last minutes were like, against the limits."""
