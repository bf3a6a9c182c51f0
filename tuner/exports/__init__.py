"""An export of a log store in, the lines that the agent wrote out, in order of time."""
