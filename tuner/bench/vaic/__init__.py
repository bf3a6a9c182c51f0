"""A stand-in for AudioCodes VoiceAI Connect: it calls a bot as VoiceAI Connect would.

Written from the description of the protocol alone. It shares no code with the bridge in
`agent/audiocodes`, so an error in one does not hide an error in the other.

    wire      messages, as plain JSON
    call      one call: speech out in real time, answers in, with the time of every chunk
    load      many calls at a time
    report    what they measured, as figures, text and JSON
"""
