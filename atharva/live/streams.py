"""How the streams are called and how they lie in Redis."""

from collections.abc import Sequence
from uuid import UUID

ADMIN = "admin"
PROTOCOL = 1
KEPT = 1000  # events a stream remembers, give or take what trimming by whole nodes leaves

WAKE = "live:wake:"
SESSIONS = "live:sessions:"


def of_client(client_id: UUID | str) -> str:
    return f"client:{client_id}"


def of_operation(operation_id: UUID | str) -> str:
    return f"operation:{operation_id}"


def keys(stream: str) -> Sequence[str]:
    """Where a stream's last number and its events lie; the braces keep both on one node of a cluster."""
    return f"live:{{{stream}}}:seq", f"live:{{{stream}}}:events"


def wake_channel(stream: str) -> str:
    return f"{WAKE}{stream}"


def session_channel(user_id: UUID | str) -> str:
    return f"{SESSIONS}{user_id}"


# Number an event, append it, wake the readers: in one step, so that numbers and order cannot disagree. The
# number is also the entry's id. A stream that begins, or begins again after Redis lost it, starts at the
# present milliseconds: its numbers never repeat, and a reader of the old ones sees a gap and resyncs.
APPEND = """
local seq
if redis.call('EXISTS', KEYS[1]) == 1 then
  seq = redis.call('INCR', KEYS[1])
else
  local now = redis.call('TIME')
  seq = now[1] * 1000 + math.floor(now[2] / 1000)
  redis.call('SET', KEYS[1], string.format('%.0f', seq))
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], string.format('%.0f-0', seq), 'body', ARGV[2])
redis.call('PUBLISH', ARGV[3], '')
return seq
"""


def frame(seq: int, body: str) -> str:
    """The JSON that a socket sends: a stored event's body with the protocol and its number in front."""
    return f'{{"v": {PROTOCOL}, "seq": {seq}, {body[1:]}'
