"""Other records of a call in, the lines that a turn log of the same call would hold out.

A session report of LiveKit, its OpenTelemetry spans, a log of Pipecat: all of them hold when the
caller and the agent spoke. That goes through the turn assembler, so that whatever reads logs reads
these too. What a record does not hold is left out of the lines, never filled in.
"""
