"""AudioCodes VoiceAI Connect and Live Hub: calls over a WebSocket instead of a LiveKit room.

messages    what travels over the socket, as JSON
media       audio formats, chosen from what is offered
resampler   between 8, 16 and 24 kHz, within a millisecond or two
caller_audio, agent_audio   the two ends of a LiveKit session
detection, speaking_rate    two things that LiveKit computes, with less CPU
line        what the agent can ask of the telephone side: hang up, transfer
conversation, conversations   a call that outlives its socket; all calls, and how many may run
server, health, latency       the addresses that are served
figures     what `/health` says, for Prometheus
workers, hand_over   several processes on one port; a socket that another one should have
command     `python agent.py audiocodes`
"""
