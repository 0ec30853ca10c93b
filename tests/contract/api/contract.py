"""The product's schema as schemathesis reads it, with every check on; what is configured says why here."""

from typing import Any

import hypothesis
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from drf_spectacular.generators import SchemaGenerator
from schemathesis.config import SchemathesisConfig

# The profile `fuzz` has many examples (tests/conftest.py); a bounded run is the same whenever it runs.
IS_OPEN = hypothesis.settings.default.max_examples > 1000
EXAMPLES = 400 if IS_OPEN else 4

CHECKS: dict[str, Any] = {
    # A dependency that is down is an answer of the contract: it has to say when to try again.
    "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", "503"]},
    # Rules beyond a request's shape: a role, a row that is not there, the present state, what is not allowed.
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "401", "403", "404", "409", "422", "503"],
    },
    # Who may not or cannot ask is told so before the request is read.
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422"],
    },
}


def contract() -> Any:
    """A schema of schemathesis, to parametrize a test with."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": 20,
            "checks": CHECKS,
            "generation": {
                "max-examples": EXAMPLES,
                "deterministic": not IS_OPEN,
                "no-shrink": not IS_OPEN,
                "database": "none",
                "with-security-parameters": False,
            },
        }
    )
    schema = SchemaGenerator().get_schema(request=None, public=True)
    read = schemathesis.openapi.from_dict(schema, config=config)
    read.app = WSGIHandler()
    return read
