"""Calls to a telephone service of your own, many at once, with real speech, measured from outside.

| module | what |
|---|---|
| `targets` | which hosts may be called at all |
| `plan` | how many calls, and when each begins |
| `twilio` | the webhook as Twilio asks it, and what its answer means |
| `caller` | one call: dial, speak, listen, measure |
| `room`, `sip/` | the two ways into a call: a participant of the room, a telephone of our own |
| `processes` | CPU and memory of named processes |
| `agent_log` | false stops, from the turn logs of the agents |
| `running` | all of it together |
| `results`, `marks`, `text` | figures, pass marks, and how they are shown |
"""
