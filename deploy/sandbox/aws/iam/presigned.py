"""GetCallerIdentity by a pre-signed URL, its signature checked: signing in to a cluster rests on it."""

import hmac
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote
from wsgiref.types import WSGIEnvironment

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from deploy.sandbox.aws.iam.roles import SandboxTokenBackend
from deploy.sandbox.aws.refusals import Answer, as_json, query_error

SIGNATURE = "X-Amz-Signature"
# STS keeps to this, whatever X-Amz-Expires says.
LASTS_SECONDS = 900
STAMP = "%Y%m%dT%H%M%SZ"


def is_presigned(environ: WSGIEnvironment) -> bool:
    return f"{SIGNATURE}=" in environ.get("QUERY_STRING", "")


def answer(environ: WSGIEnvironment, now: float) -> Answer:
    """Who signed the URL. Refuses what was changed since, is too old, or was signed with an unknown key."""
    query = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
    key, _, region, service, _ = query["X-Amz-Credential"].split("/")
    assumed = SandboxTokenBackend.by_key.get(key)
    if (service, query.get("Action")) != ("sts", "GetCallerIdentity"):
        return query_error(403, "AccessDenied", "Only sts:GetCallerIdentity is served by pre-signed URLs.")
    if assumed is None or query.get("X-Amz-Security-Token") != assumed.session_token:
        message = "The security token included in the request is invalid"
        return query_error(403, "InvalidClientTokenId", message)
    signed_at = datetime.strptime(query["X-Amz-Date"], STAMP).replace(tzinfo=UTC).timestamp()
    if not now - LASTS_SECONDS <= signed_at <= now + LASTS_SECONDS:
        return query_error(403, "SignatureDoesNotMatch", f"Signature expired: {query['X-Amz-Date']}")
    secret = Credentials(key, assumed.secret_access_key, assumed.session_token)
    expected = _signature(environ, query, SigV4QueryAuth(secret, "sts", region))
    if not hmac.compare_digest(expected, query[SIGNATURE]):
        message = "The request signature we calculated does not match the signature you provided."
        return query_error(403, "SignatureDoesNotMatch", message)
    result = {"UserId": assumed.user_id, "Account": assumed.account_id, "Arn": assumed.arn}
    return as_json(200, {"GetCallerIdentityResponse": {"GetCallerIdentityResult": result}})


def _signature(environ: WSGIEnvironment, query: dict[str, str], auth: SigV4QueryAuth) -> str:
    signed = query["X-Amz-SignedHeaders"].split(";")
    headers = {
        name: environ.get("HTTP_" + name.upper().replace("-", "_"), "") for name in signed if name != "host"
    }
    # Encoded here again, since only what was asked for counts, not how it was written.
    unsigned = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in query.items()
        if name != SIGNATURE
    )
    url = f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}/?{unsigned}"
    request = AWSRequest(method="GET", url=url, headers=headers)
    request.context["timestamp"] = query["X-Amz-Date"]
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))
