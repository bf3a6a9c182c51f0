"""Paths in, chunks of whole lines out."""
