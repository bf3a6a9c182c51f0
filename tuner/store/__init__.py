"""A database that keeps the figures of calls, no speech: SQLite or PostgreSQL through SQLAlchemy.

Needs the extra `store`. Whoever only analyzes never loads it.
"""
