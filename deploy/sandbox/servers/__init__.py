"""A real PostgreSQL and a real Valkey from wheels, started and stopped without an installation or root."""

from deploy.sandbox.servers.daemon import ServerFailed
from deploy.sandbox.servers.postgres import Postgres
from deploy.sandbox.servers.session import temporary_servers
from deploy.sandbox.servers.valkey import Valkey

__all__ = ["Postgres", "ServerFailed", "Valkey", "temporary_servers"]
