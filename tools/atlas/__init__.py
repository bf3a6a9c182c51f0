"""Builds the atlas of log lines: what each released version of a package can log, from its source.

Packages are downloaded and unpacked, never imported or executed. See README.md beside this file.
"""
