"""The two things every part of a Realtime call shares: the socket and the conversation."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

Event = dict[str, Any]
_ids = itertools.count(1)


def new_id(prefix: str) -> str:
    """Return an id that no other item, response or event of this process has."""
    return f"{prefix}_{next(_ids):08x}"


class Client:
    """Sends events to the client; what cannot be sent any more is dropped."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def send(self, kind: str, **fields: Any) -> None:
        """Send one event of this type."""
        await self.forward({"type": kind, **fields})

    async def forward(self, event: Event) -> None:
        """Send an event that is complete but for its id."""
        if not self._socket.closed:
            whole = {"event_id": new_id("event"), **event}
            await self._socket.send_str(json.dumps(whole, separators=(",", ":")))

    async def refuse(self, asked: Mapping[str, Any], code: str, message: str) -> None:
        """Answer a client event with an error that names it."""
        error = {
            "type": "invalid_request_error",
            "code": code,
            "message": message,
            "param": None,
            "event_id": asked.get("event_id"),
        }
        await self.send("error", error=error)


class Conversation:
    """The items of one call in their order, and what the caller said."""

    def __init__(self, client: Client) -> None:
        self.user_texts: list[str] = []
        self.heard_s = 0.0
        self._client = client
        self._items: dict[str, Event] = {}
        self._audio_ms: dict[str, int] = {}

    @property
    def last_id(self) -> str | None:
        """The id of the newest item, None in an empty conversation."""
        return next(reversed(self._items), None)

    @property
    def last(self) -> Event:
        """The newest item, an empty one in an empty conversation."""
        return self._items.get(self.last_id or "", {})

    def keep(self, item: Event) -> None:
        """Take an item in without telling the client, who learns of it otherwise."""
        self._items[item["id"]] = item

    def note_audio(self, item_id: str, sent_s: float) -> None:
        """Keep how much audio of an item was sent; a truncation may not go beyond it."""
        self._audio_ms[item_id] = int(sent_s * 1000)

    async def add(self, item: Event, previous: str | None) -> None:
        """Take an item in and report to the client that it was added and is done."""
        self.keep(item)
        for kind in ("added", "done"):
            name = f"conversation.item.{kind}"
            await self._client.send(name, previous_item_id=previous, item=item)

    async def create(self, event: Event) -> None:
        """Answer `conversation.item.create`."""
        item = {"object": "realtime.item", "status": "completed", **(event.get("item") or {})}
        item["id"] = item.get("id") or new_id("item")
        if item["id"] in self._items:
            text = f"Item {item['id']} already exists."
            await self._client.refuse(event, "item_create_duplicate_item_id", text)
            return
        previous = event.get("previous_item_id")
        await self.add(item, None if previous == "root" else previous or self.last_id)

    async def delete(self, event: Event) -> None:
        """Answer `conversation.item.delete`."""
        item_id = str(event.get("item_id"))
        if self._items.pop(item_id, None) is None:
            await self._client.refuse(event, "item_delete_invalid_item_id", f"No item {item_id}.")
            return
        await self._client.send("conversation.item.deleted", item_id=item_id)

    async def truncate(self, event: Event) -> None:
        """Answer `conversation.item.truncate`; beyond the audio that was sent is an error."""
        item_id, end_ms = str(event.get("item_id")), int(event.get("audio_end_ms") or 0)
        has_ms = self._audio_ms.get(item_id, -1)
        if end_ms > has_ms:
            text = f"Audio content of {max(has_ms, 0)}ms is already shorter than {end_ms}ms"
            await self._client.refuse(event, "invalid_value", text)
            return
        self._audio_ms[item_id] = end_ms
        where = {"item_id": item_id, "content_index": 0, "audio_end_ms": end_ms}
        await self._client.send("conversation.item.truncated", **where)

    async def retrieve(self, event: Event) -> None:
        """Answer `conversation.item.retrieve`."""
        item = self._items.get(str(event.get("item_id")))
        if item is None:
            text = "The item does not exist."
            await self._client.refuse(event, "item_retrieve_invalid_item_id", text)
            return
        await self._client.send("conversation.item.retrieved", item=item)
