"""Summaries in, the facts that rules judge out."""
