"""Findings in, one recommendation out."""
