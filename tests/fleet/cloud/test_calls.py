"""What AWS says when it does not do what it was asked, and what the fleet hears."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from prometheus_client import REGISTRY

from apps.fleet.cloud.aws import buckets, cloud_for
from apps.fleet.cloud.port import Cloud
from apps.fleet.errors import AccessDenied, CloudRefused, CloudUnreachable, InstanceMissing, Throttled
from tests.world.servers import AwsEmulator

from .aws_account import Account

UNKNOWN = "i-0123456789abcdef0"


@contextmanager
def aws_that_answers(
    status: int, code: str, message: str = "Because", *, role_lasts: timedelta = timedelta(days=1)
) -> Iterator[str]:
    """An endpoint that assumes roles and refuses everything else."""

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if "Action=AssumeRole" in asked:
                expires = datetime.now(UTC) + role_lasts
                return self.answer(200, ROLE.format(expires=expires.isoformat()))
            error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            return self.answer(status, f"<Response><Errors>{error}</Errors></Response>")

        def answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


ROLE = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>
<SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>{expires}</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""


def assumed() -> float:
    labels = {"service": "sts", "call": "assume_role", "outcome": "ok"}
    return REGISTRY.get_sample_value("atharva_cloud_calls_total", labels) or 0


@pytest.mark.parametrize(("role_lasts", "times"), [(timedelta(hours=1), 1), (timedelta(minutes=5), 3)])
def test_credentials_are_renewed_before_they_expire(
    cloud_settings: None, settings: Any, role_lasts: timedelta, times: int
):
    before = assumed()
    with aws_that_answers(400, "OperationNotPermitted", role_lasts=role_lasts) as url:
        settings.AWS_ENDPOINT_URL = url
        cloud = untouched_cloud()
        for _ in range(3):
            with pytest.raises(CloudRefused):
                cloud.terminate(UNKNOWN)
    assert assumed() == before + times


def untouched_cloud() -> Cloud:
    """A cloud whose clients do not exist yet, in a region of its own: they will use the present endpoint."""
    return cloud_for(
        account_id="123456789012",
        role_arn="arn:aws:iam::123456789012:role/atharva",
        external_id="external-1",
        region=f"eu-test-{secrets.randbelow(10**9)}",
    )


@pytest.mark.parametrize(
    ("status", "code", "heard"),
    [
        (403, "UnauthorizedOperation", AccessDenied),
        (401, "AuthFailure", AccessDenied),
        (400, "InvalidParameterCombination", CloudRefused),
        (400, "InvalidInstanceID.NotFound", InstanceMissing),
        (400, "RequestLimitExceeded", Throttled),
        (500, "InternalError", CloudUnreachable),
        (503, "Unavailable", CloudUnreachable),
    ],
)
def test_each_refusal_has_its_own_error(
    cloud_settings: None, settings: Any, status: int, code: str, heard: type[Exception]
):
    with aws_that_answers(status, code) as url:
        settings.AWS_ENDPOINT_URL = url
        cloud = untouched_cloud()
        with pytest.raises(heard) as caught:
            cloud.tag(UNKNOWN, {"a": "b"})
    assert type(caught.value) is heard


def test_a_refusal_names_the_call_the_code_and_the_reason(cloud_settings: None, settings: Any):
    with aws_that_answers(400, "OperationNotPermitted", "It is protected.") as url:
        settings.AWS_ENDPOINT_URL = url
        cloud = untouched_cloud()
        with pytest.raises(CloudRefused) as caught:
            cloud.terminate(UNKNOWN)
    said = "AWS refused ec2.terminate_instances: OperationNotPermitted, It is protected."
    assert str(caught.value) == said


def test_an_endpoint_that_is_down_is_unreachable(cloud_settings: None, settings: Any):
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:1"
    cloud = untouched_cloud()
    with pytest.raises(CloudUnreachable, match=r"AWS did not answer sts\.assume_role in eu-test-"):
        list(cloud.instances())


def test_throttling_that_outlasts_the_retries_is_ours(account: Account, aws_emulator: AwsEmulator):
    aws_emulator.order("throttle", api="DescribeSubnets", per_second=0, burst=0, seconds=30)
    try:
        with pytest.raises(Throttled, match=f"throttles ec2.describe_subnets in account {account.id}"):
            account.cloud.subnets(["subnet-1"])
    finally:
        aws_emulator.order("reset")


def test_mutating_calls_are_held_back_before_aws_does(
    account: Account, aws_emulator: AwsEmulator, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(buckets, "CAPACITY", 2.0)
    monkeypatch.setattr(buckets, "REFILL_PER_SECOND", 0.0)
    [instance] = account.run()
    for _ in range(2):
        account.cloud.tag(instance, {"a": "b"})
    sent = aws_emulator.ask("calls")["ec2:CreateTags"]
    with pytest.raises(Throttled, match="create_tags"):
        account.cloud.tag(instance, {"a": "b"})
    assert aws_emulator.ask("calls")["ec2:CreateTags"] == sent
    account.cloud.terminate(instance)


def test_a_role_is_assumed_once_a_region_for_all_services(account: Account, aws_emulator: AwsEmulator):
    before = aws_emulator.ask("calls").get("sts:AssumeRole", 0)
    list(account.cloud.instances())
    list(account.cloud.groups())
    assert aws_emulator.ask("calls")["sts:AssumeRole"] == before + 1
    list(account.cloud_in("us-west-2").instances())
    assert aws_emulator.ask("calls")["sts:AssumeRole"] == before + 2


def test_threads_share_an_accounts_clients(account: Account):
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            list(account.cloud.instances())
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def counted(outcome: str) -> float:
    labels = {"service": "ec2", "call": "terminate_instances", "outcome": outcome}
    return REGISTRY.get_sample_value("atharva_cloud_calls_total", labels) or 0


def test_calls_are_counted_by_outcome(account: Account):
    ok, refused = counted("ok"), counted("cloud_refused")
    [instance] = account.run()
    account.cloud.terminate(instance)
    with pytest.raises(InstanceMissing):
        account.cloud.terminate(UNKNOWN)
    assert (counted("ok"), counted("cloud_refused")) == (ok + 1, refused + 1)
