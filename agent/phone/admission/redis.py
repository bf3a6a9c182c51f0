"""Slots in Redis or Valkey, for several machines. Each verb is one script: nothing comes between.

The clock is the server's own: machines need not agree on the time. It is the server's date, so
setting that date back by an hour makes leases an hour longer, and forward ends them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from agent.phone.admission.slots import REMEMBER_S, SlotLimits, SlotStoreError, Verdict, checked

WAIT_S = 1.0
"""How long the server may take for one answer; asked twice at most."""

_SLOTS = "{voice-agent}:slots"
_BUCKET = "{voice-agent}:bucket"
_CLOSED = "{voice-agent}:closed:"

_NOW = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
"""
_ACQUIRE = f"""{_NOW}
local call, limit, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local rate, burst, remember = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
if redis.call('ZSCORE', KEYS[1], call) then return 'admitted' end
local before = redis.call('GET', KEYS[3])
if before then return before end
local verdict = 'full'
if redis.call('ZCARD', KEYS[1]) < limit then
  local bucket = redis.call('HMGET', KEYS[2], 'tokens', 'at')
  local tokens = tonumber(bucket[1] or burst)
  local seconds = now - tonumber(bucket[2] or now)
  if seconds < 0 then tokens = burst end  -- the clock was set back: see refill()
  tokens = math.min(burst, tokens + math.max(0, seconds) * rate)
  verdict = 'too fast'
  if tokens >= 1 then
    verdict = 'admitted'
    local left, at = string.format('%.9f', tokens - 1), string.format('%.6f', now)
    redis.call('HSET', KEYS[2], 'tokens', left, 'at', at)
    redis.call('ZADD', KEYS[1], now + lease, call)
  end
end
if verdict ~= 'admitted' then redis.call('SET', KEYS[3], verdict, 'PX', remember) end
return verdict
"""
_RENEW = f"""{_NOW}
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
return 1
"""
_RELEASE = """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], 'ended', 'PX', ARGV[2])
"""
_COUNT = f"{_NOW} return redis.call('ZCARD', KEYS[1])"
_REMEMBER_MS = int(REMEMBER_S * 1000)


class RedisSlots:
    """`Slots` on a server. The client connects again by itself when the server comes back."""

    def __init__(self, url: str, limits: SlotLimits, *, wait_s: float = WAIT_S) -> None:
        self._limits = limits
        self._redis = Redis.from_url(
            url,
            socket_timeout=wait_s,
            socket_connect_timeout=wait_s,
            retry=Retry(NoBackoff(), 1),  # every verb may be repeated
            decode_responses=True,
        )
        scripts = (_ACQUIRE, _RENEW, _RELEASE, _COUNT)
        self._acquire, self._renew, self._release, self._count = map(
            self._redis.register_script, scripts
        )

    def acquire(self, call: str) -> Verdict:
        """See `Slots`."""
        limits = self._limits
        numbers = (limits.calls, limits.lease_s, limits.starts_per_s, limits.burst, _REMEMBER_MS)
        keys = [_SLOTS, _BUCKET, _CLOSED + call]
        with _store_errors():
            return checked(self._acquire(keys=keys, args=[call, *numbers]))

    def renew(self, call: str) -> bool:
        """See `Slots`."""
        with _store_errors():
            return bool(self._renew(keys=[_SLOTS], args=[call, self._limits.lease_s]))

    def release(self, call: str) -> None:
        """See `Slots`."""
        with _store_errors():
            self._release(keys=[_SLOTS, _CLOSED + call], args=[call, _REMEMBER_MS])

    def count(self) -> int:
        """See `Slots`."""
        with _store_errors():
            return int(self._count(keys=[_SLOTS], args=[]))

    def close(self) -> None:
        """See `Slots`."""
        self._redis.close()


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        # the message may hold the address with its password
        raise SlotStoreError(f"Redis: {type(error).__name__}") from error
    except (TypeError, ValueError) as error:  # others wrote there: no verdict, or no text
        raise SlotStoreError("Redis: what is stored is damaged") from error
