"""One file per format, each `Report -> str`; only `cli.py` owns streams, colour and files."""
