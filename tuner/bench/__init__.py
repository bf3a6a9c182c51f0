"""Simulated callers, the local OpenAI-compatible server and what they truly did."""
