"""Takes one reply, gives the Realtime events that speak it, in the order of the real service."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from itertools import zip_longest

from tuner.bench.model import Decision, Reply
from tuner.bench.openai_server import wire_format
from tuner.bench.openai_server.realtime_conversation import Event, new_id

CHUNK_S = 0.2


def response_body(
    response_id: str, status: str, metadata: object, output: list[Event] | None = None
) -> Event:
    """Return the `response` object of created and done events; it echoes the metadata."""
    return {
        "object": "realtime.response",
        "id": response_id,
        "status": status,
        "status_details": None,
        "output": output or [],
        "output_modalities": ["audio"],
        "metadata": metadata,
        "usage": None,
    }


def failure_of(decision: Decision, model: str) -> Event:
    """Return `status_details` of a response that the server could not give."""
    error = wire_format.error_of(decision, model)
    code = error["code"] or "server_error"
    return {"type": "failed", "error": {"type": error["type"], "code": code}}


class SpokenReply:
    """The events of one reply.

    `items` and `sent_s` (seconds of audio) grow with the events, so that a reply that is cut
    can be closed with what was given of it.
    """

    def __init__(self, response_id: str, reply: Reply, pcm: bytes, *, audio: bool) -> None:
        self.items: list[Event] = []
        self.sent_s = 0.0
        self._id = response_id
        self._reply = reply
        self._pcm = pcm if audio else b""
        self._text_key = "transcript" if audio else "text"

    def events(self, previous: str | None) -> Iterator[Event]:
        """Give every event up to the last `response.output_item.done`."""
        if self._reply.text:
            yield from self._message(previous)
            previous = self.items[-1]["id"]
        if self._reply.tool_call is not None:
            yield from self._function_call(previous)

    def _message(self, previous: str | None) -> Iterator[Event]:
        item = self._open("message", role="assistant", content=[])
        yield from self._added(item, previous)
        where = {"response_id": self._id, "item_id": item["id"], "output_index": 0}
        yield from self._content({**where, "content_index": 0})
        kind = "output_audio" if self._pcm else "output_text"
        content = {"type": kind, self._text_key: self._reply.text}
        item |= {"status": "completed", "content": [content]}
        yield from self._done(item, previous)

    def _function_call(self, previous: str | None) -> Iterator[Event]:
        call = self._reply.tool_call
        assert call is not None
        item = self._open("function_call", call_id=new_id("call"), name=call.name, arguments="")
        yield from self._added(item, previous)
        where = {"response_id": self._id, "item_id": item["id"], "call_id": item["call_id"]}
        where["output_index"] = len(self.items) - 1
        kind = "response.function_call_arguments"
        yield {"type": f"{kind}.delta", **where, "delta": call.arguments}
        yield {"type": f"{kind}.done", **where, "name": call.name, "arguments": call.arguments}
        item |= {"status": "completed", "arguments": call.arguments}
        yield from self._done(item, previous)

    def _open(self, kind: str, **fields: object) -> Event:
        head: Event = {"id": new_id("item"), "object": "realtime.item", "type": kind}
        item = {**head, "status": "in_progress", **fields}
        self.items.append(item)
        return item

    def _added(self, item: Event, previous: str | None) -> Iterator[Event]:
        place: Event = {"response_id": self._id, "output_index": len(self.items) - 1}
        yield {"type": "response.output_item.added", **place, "item": dict(item)}
        place = {"previous_item_id": previous, "item": dict(item)}
        yield {"type": "conversation.item.added", **place}

    def _done(self, item: Event, previous: str | None) -> Iterator[Event]:
        place: Event = {"previous_item_id": previous, "item": dict(item)}
        yield {"type": "conversation.item.done", **place}
        place = {"response_id": self._id, "output_index": len(self.items) - 1}
        yield {"type": "response.output_item.done", **place, "item": dict(item)}

    def _content(self, where: Event) -> Iterator[Event]:
        part = {"type": "audio" if self._pcm else "text"}
        text = {self._text_key: self._reply.text}
        yield {"type": "response.content_part.added", **where, "part": {**part, self._text_key: ""}}
        yield from self._deltas(where)
        if self._pcm:
            yield {"type": "response.output_audio.done", **where}
        yield {"type": f"{self._text_event}.done", **where, **text}
        yield {"type": "response.content_part.done", **where, "part": {**part, **text}}

    @property
    def _text_event(self) -> str:
        return "response.output_audio_transcript" if self._pcm else "response.output_text"

    def _deltas(self, where: Event) -> Iterator[Event]:
        words = wire_format.tokens_of(self._reply.text)
        size = int(CHUNK_S * wire_format.SAMPLE_RATE) * 2
        chunks = [self._pcm[at : at + size] for at in range(0, len(self._pcm), size)]
        for word, chunk in zip_longest(words, chunks):
            if word:
                yield {"type": f"{self._text_event}.delta", **where, "delta": word}
            if chunk:
                self.sent_s += len(chunk) / 2 / wire_format.SAMPLE_RATE
                sound = base64.b64encode(chunk).decode()
                yield {"type": "response.output_audio.delta", **where, "delta": sound}

    def usage(self, heard_s: float) -> Event:
        """Return the token usage: ten a second of caller audio, twenty of agent audio."""
        audio_in, audio_out, prompt = round(heard_s * 10), round(self.sent_s * 20), 40
        text = len(self._reply.text) // 4 + (12 if self._reply.tool_call else 0)
        cached = {"text_tokens": 0, "audio_tokens": 0}
        inputs = {"text_tokens": prompt, "audio_tokens": audio_in, "cached_tokens": 0}
        return {
            "total_tokens": prompt + audio_in + audio_out + text,
            "input_tokens": prompt + audio_in,
            "output_tokens": audio_out + text,
            "input_token_details": {**inputs, "cached_tokens_details": cached},
            "output_token_details": {"text_tokens": text, "audio_tokens": audio_out},
        }
