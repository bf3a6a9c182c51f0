"""Turns and interruptions put together from what happens in a call.

A room of its own, since two rooms far apart need it: the turn log, which listens to a running
session, and `call_records`, which reads what others recorded of a call.
"""
