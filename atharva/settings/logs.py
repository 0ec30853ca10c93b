"""Structured logs: one event, its fields, the request it belongs to; JSON where machines read them."""

import logging.config
import re
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]
# A mailed link opens an account, and a log of requests is full of addresses: its last part is masked.
# What an OpenID provider sends back with the browser is for this once as well.
MASKED = re.compile(r"""((?:/join/|/reset-password/)[^/\s]+/)[^/?\s"']+|(/openid/callback\?)[^\s"']+""")
UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")
TALKATIVE = ("botocore", "urllib3", "celery.worker.strategy", "celery.app.trace", "celery.beat")


def without_secrets(logger: object, method: str, line: str) -> str:
    """The finished line, whoever wrote it, without what an address in it would open."""
    return MASKED.sub(r"\1\2[masked]", line)


def configure_logging(*, level: str, as_json: bool) -> None:
    """Send structlog's and the standard library's records through one formatter to stderr."""
    # Local variables hold credentials and tenants' data: a traceback names the lines, never the values.
    traceback = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    last: list[Any] = (
        [traceback, structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": SHARED,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        *last,
                        without_secrets,
                    ],
                },
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # These write a line for every call or task; what matters of it is in our own events.
                **{name: {"level": "WARNING"} for name in TALKATIVE},
                # The server has given them handlers of its own, which would print what is masked here.
                **{name: {"handlers": [], "propagate": not _is_silenced(name)} for name in UVICORN},
            },
        }
    )


def _is_silenced(logger: str) -> bool:
    """Whether the server was started so that this one says nothing, as by --no-access-log."""
    found = logging.getLogger(logger)
    return not found.propagate and not found.handlers
