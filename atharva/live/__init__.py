"""Live events: what happens is appended to a stream in Redis, sockets read their stream from where they were.

One mechanism gives order, replay and live delivery. A publish is one script (number the event, append it,
wake the readers); a socket that was woken, or looks by itself, reads on from the last number it sent. Losing
Redis loses moments of live view and nothing else.
"""

from .publishing import position, publish, publish_to_client, session_changed

__all__ = ["position", "publish", "publish_to_client", "session_changed"]
