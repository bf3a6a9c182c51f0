"""Calls held at the speed of real time, in several processes."""
