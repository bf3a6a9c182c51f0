"""One row for each telephone call that an agent served, in SQLite or PostgreSQL.

A call's process collects its row from the turn log and sends it to the server's process
(`channel`), where one thread writes rows in batches (`writer`). No number is kept: of the
caller only a keyed hash, and that only with PHONE_HISTORY_KEY.
"""
