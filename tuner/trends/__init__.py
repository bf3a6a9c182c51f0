"""Figures of calls in, what they are by day, profile or version, and when they changed, out."""
