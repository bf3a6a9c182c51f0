"""`python -m tuner`: the same as the command `tuner`."""

from tuner.cli.main import main

main()
