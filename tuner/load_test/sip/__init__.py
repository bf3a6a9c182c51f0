"""A telephone: SIP over TCP or UDP with digest, G.711 mu-law over RTP, keys as RFC 4733 sends them.

phone = await Telephone.connect(line)
await phone.dial(30.0)
phone.play(samples); await phone.press("4#"); await phone.hang_up()
"""
