"""The product's schema as schemathesis reads it, with every check on; what is configured says why here.

Three checks watch sequences of requests and have nothing to say of single ones, whose changes are taken back
each time: use_after_free, ensure_resource_availability and object_level_authorization. Whom another tenant's
rows are hidden from is shown route by route in tests/security.
"""

from functools import cache
from typing import Any, Literal

import hypothesis
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from drf_spectacular.generators import SchemaGenerator
from schemathesis.config import SchemathesisConfig

Phase = Literal["coverage", "fuzzing"]

# The profile `fuzz` has many examples (tests/conftest.py); a bounded run is the same whenever it runs.
IS_OPEN = hypothesis.settings.default.max_examples > 1000
EXAMPLES = 200 if IS_OPEN else 4

CHECKS: dict[str, Any] = {
    # A dependency that is down is an answer of the contract: it has to say when to try again.
    "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
    # Rules beyond a request's shape: a role, a row that is not there, the present state, what is not allowed.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422", "503"]},
    # Who may not or cannot ask is told so before the request is read.
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422"]
    },
}


@cache
def _schema() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def contract(phase: Phase) -> Any:
    """A schema to parametrize a test with: `fuzzing` draws requests, `coverage` tries every bound once."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20,
            "checks": CHECKS,
            "phases": {name: {"enabled": name == phase} for name in ("examples", "coverage", "fuzzing")},
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": not IS_OPEN,
                "no-shrink": not IS_OPEN,
                "database": "none",
                # Who asks is told by the test.
                "with-security-parameters": False,
            },
        }
    )
    read = schemathesis.openapi.from_dict(_schema(), config=config)
    read.app = WSGIHandler()
    return read
