"""Answers that come before moto's: throttled, not authorised, or a dry run; each as its service words it."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from deploy.sandbox.aws.iam.calls import AwsCall
from deploy.sandbox.aws.iam.gate import Denial

EC2_DENIED = "You are not authorized to perform this operation. "
DRY_RUN = "Request would have succeeded, but DryRun flag is set."


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def throttled(call: AwsCall) -> Answer:
    if call.service == "ec2":
        return _ec2(503, "RequestLimitExceeded", "Request limit exceeded.")
    if call.content_type.startswith("application/x-amz-json"):
        return as_json(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
    return query_error(400, "Throttling", "Rate exceeded")


def denied(call: AwsCall, denial: Denial) -> Answer:
    """UnauthorizedOperation by EC2, AccessDeniedException by what speaks JSON, else AccessDenied."""
    if call.service == "ec2":
        return _ec2(403, "UnauthorizedOperation", EC2_DENIED + denial.sentence)
    if call.service == "eks":
        body = {"message": denial.sentence}
        return as_json(403, body, ("x-amzn-ErrorType", "AccessDeniedException"))
    if call.content_type.startswith("application/x-amz-json"):
        body = {"__type": "AccessDeniedException", "Message": denial.sentence}
        # SQS spoke another protocol once, and its clients still get the code of then.
        old = (("x-amzn-query-error", "AccessDenied;Sender"),) if call.service == "sqs" else ()
        return as_json(403 if call.service == "sqs" else 400, body, *old)
    return query_error(403, "AccessDenied", denial.sentence)


def would_succeed() -> Answer:
    """What a dry run of EC2 answers to a call that is allowed."""
    return _ec2(412, "DryRunOperation", DRY_RUN)


def as_json(status: int, document: Mapping[str, object], *headers: tuple[str, str]) -> Answer:
    return Answer(status, "application/json", json.dumps(document).encode(), headers)


def query_error(status: int, code: str, message: str) -> Answer:
    """A refusal as the older services write it."""
    text = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message>"
        f"</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
    return Answer(status, "text/xml", text.encode())


def _ec2(status: int, code: str, message: str) -> Answer:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error>'
        f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        f"</Error></Errors><RequestID>{uuid.uuid4()}</RequestID></Response>"
    )
    return Answer(status, "text/xml", text.encode())
