"""Calls held in real time, in several processes."""
