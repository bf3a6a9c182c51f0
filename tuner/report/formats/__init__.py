"""A report in, what other programs show of it out: pull requests, CI, chats, notebooks.

Each module has one function `render`. All take their figures from the rows of the text report, so
that no two of them can differ. None shows lines of the log.
"""
