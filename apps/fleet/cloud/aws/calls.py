"""Every call to AWS goes through here: counted, timed, held back when too many, its errors made ours."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError
from prometheus_client import Counter, Histogram

from apps.fleet.errors import AccessDenied, CloudRefused, CloudUnreachable, Throttled
from atharva.api.problems import Problem

from . import buckets

CALLS = Counter("atharva_cloud_calls", "Calls to AWS by outcome", ["service", "call", "outcome"])
SECONDS = Histogram("atharva_cloud_call_seconds", "How long AWS took to answer", ["service", "call"])

READING = ("describe_", "get_", "list_", "receive_", "assume_")
THROTTLING = frozenset(
    {
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestThrottled",
        # Auto Scaling's word for "busy, ask again".
        "ScalingActivityInProgress",
        "ResourceContention",
    }
)
DENIED = frozenset(
    {
        "UnauthorizedOperation",
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "OptInRequired",
    }
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls in the name of one account in one region."""

    account_id: str
    region: str

    def __call__(self, method: Callable[..., T], /, **parameters: Any) -> T:
        """The answer of a client's method.

        Raises CloudUnreachable, Throttled, AccessDenied, and CloudRefused with the AWS code in its details.
        """
        service = _service_of(method)
        call = method.__name__
        if not call.startswith(READING) and not buckets.take(self.account_id, self.region, call):
            CALLS.labels(service, call, Throttled.code).inc()
            raise Throttled(call=call, account=self.account_id)
        began = perf_counter()
        outcome = "ok"
        try:
            return method(**parameters)
        except (ClientError, BotoCoreError, ResponseParserError) as error:
            problem = self._translate(error, f"{service}.{call}")
            outcome = problem.code
            raise problem from error
        except Problem as problem:  # raised while the role was assumed
            outcome = problem.code
            raise
        finally:
            SECONDS.labels(service, call).observe(perf_counter() - began)
            CALLS.labels(service, call, outcome).inc()

    def pages(
        self, method: Callable[..., Mapping[str, Any]], /, **parameters: Any
    ) -> Iterator[Mapping[str, Any]]:
        """The answers of a method that goes on with NextToken, fetched as they are asked for."""
        page = self(method, **parameters)
        yield page
        while token := page.get("NextToken"):
            page = self(method, **parameters, NextToken=token)
            yield page

    def refusal(self, call: str, code: str, why: str) -> Problem:
        """Our error for one of AWS's codes."""
        if code in THROTTLING:
            return Throttled(call=call, account=self.account_id)
        if code in DENIED:
            return AccessDenied(call=call, account=self.account_id)
        return CloudRefused(call=call, aws_code=code, why=why.rstrip("."))

    def _translate(self, error: Exception, call: str) -> Problem:
        if isinstance(error, ClientError):
            answer = error.response["Error"]
            code, why = answer.get("Code", ""), answer.get("Message", "")
            status = error.response["ResponseMetadata"].get("HTTPStatusCode", 0)
            if status < 500 or code in THROTTLING:  # EC2 throttles with a 503
                return self.refusal(call, code, why)
            return CloudUnreachable(call=call, region=self.region, why=f"{status} {code}")
        if isinstance(error, HTTPClientError | ConnectionError | ResponseParserError):
            return CloudUnreachable(call=call, region=self.region, why=str(error).rstrip("."))
        return CloudRefused(call=call, aws_code=type(error).__name__, why=str(error).rstrip("."))


def _service_of(method: Callable[..., Any]) -> str:
    name: str = method.__self__.meta.service_model.service_name  # type: ignore[attr-defined]  # bound to a client
    return name
