"""A running sandbox, and a fresh AWS account in it for every test."""

import json
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.config import Config

ROOT = Path(__file__).parents[3]
NODE_IMAGE = "/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/{}/standard/recommended/image_id"
# One attempt: a refusal must reach the test, not be retried away.
ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=60)


class Sandbox:
    """A sandbox process and its control API."""

    def __init__(self, *arguments: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "deploy.sandbox.aws", "--port", str(self.port), *arguments]
        self.process = subprocess.Popen(command, cwd=ROOT)
        wait_until(self._is_ready, seconds=60)

    def _is_ready(self) -> bool:
        try:
            return self.get("health") == {"status": "ok"}
        except urllib.error.URLError:
            return False

    def get(self, question: str) -> Any:
        with urllib.request.urlopen(f"{self.url}/_sandbox/{question}", timeout=70) as answer:
            return json.load(answer)

    def post(self, command: str, **body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{command}", json.dumps(body).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def cpu_seconds(self) -> float:
        """CPU time the process has used so far."""
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)


class Account:
    """One AWS account; its clients hold credentials of an assumed role."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.id = str(secrets.randbelow(9 * 10**11) + 10**11)
        base = boto3.client(
            "sts",
            endpoint_url=sandbox.url,
            region_name="us-east-1",
            aws_access_key_id="AKIAEXAMPLE",
            aws_secret_access_key="secret",
            config=ONCE,
        )
        answer = base.assume_role(
            RoleArn=f"arn:aws:iam::{self.id}:role/atharva", RoleSessionName="test", ExternalId="shared-secret"
        )
        self._credentials = answer["Credentials"]

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.sandbox.url,
            region_name=region,
            aws_access_key_id=self._credentials["AccessKeyId"],
            aws_secret_access_key=self._credentials["SecretAccessKey"],
            aws_session_token=self._credentials["SessionToken"],
            config=ONCE,
        )

    @property
    def ec2(self) -> Any:
        return self.client("ec2")

    def image(self, architecture: str = "x86_64") -> str:
        parameter = self.client("ssm").get_parameter(Name=NODE_IMAGE.format(architecture))
        return str(parameter["Parameter"]["Value"])

    def template(self, name: str = "nodes", **data: Any) -> dict[str, str]:
        """Create a launch template; returns how a request names it."""
        content = {"ImageId": self.image(), "InstanceType": "m5.large", **data}
        self.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=content)
        return {"LaunchTemplateName": name, "Version": "$Latest"}

    def run(self, **request: Any) -> list[str]:
        """Launch; returns the instance ids."""
        asked = {"ImageId": self.image(), "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1, **request}
        return [one["InstanceId"] for one in self.ec2.run_instances(**asked)["Instances"]]

    def run_spot(self, **request: Any) -> str:
        return self.run(InstanceMarketOptions={"MarketType": "spot"}, **request)[0]

    def fleet(self, *overrides: dict[str, Any], count: int = 1, **request: Any) -> Any:
        """An instant fleet of spot instances from the template `nodes`."""
        config = {"LaunchTemplateSpecification": {"LaunchTemplateName": "nodes", "Version": "$Latest"}}
        if overrides:
            config["Overrides"] = list(overrides)
        asked = {
            "Type": "instant",
            "LaunchTemplateConfigs": [config],
            "TargetCapacitySpecification": {
                "TotalTargetCapacity": count,
                "DefaultTargetCapacityType": "spot",
            },
            "SpotOptions": {"AllocationStrategy": "price-capacity-optimized"},
            **request,
        }
        return self.ec2.create_fleet(**asked)

    def instance(self, instance_id: str) -> Any:
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        return answer["Reservations"][0]["Instances"][0]

    def state(self, instance_id: str) -> str:
        return str(self.instance(instance_id)["State"]["Name"])

    def queue(self, pattern: dict[str, Any]) -> "Queue":
        return Queue(self, pattern)


class Queue:
    """A queue that a rule with that pattern feeds."""

    def __init__(self, account: Account, pattern: dict[str, Any]) -> None:
        self.sqs = account.client("sqs")
        self.url = self.sqs.create_queue(QueueName="events")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        rules = account.client("events")
        rules.put_rule(Name="to-queue", EventPattern=json.dumps(pattern))
        target = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
        rules.put_targets(Rule="to-queue", Targets=[target])

    def receive(self, wait: int = 10) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        messages = answer.get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]


def wait_until(condition: Callable[[], Any], seconds: float = 15) -> Any:
    """The condition's first true value; fails the test after that many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.1)
    pytest.fail(f"still not so after {seconds} s")


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    return wait_until


@pytest.fixture(scope="session")
def start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start further sandboxes with other settings."""
    started: list[Sandbox] = []

    def start(*arguments: str) -> Sandbox:
        started.append(Sandbox(*arguments))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def running_sandbox(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return start_sandbox("--boot-seconds", "2", "--warning-seconds", "2", "--price-interval", "1")


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    yield running_sandbox
    running_sandbox.post("reset")


@pytest.fixture
def account(sandbox: Sandbox) -> Account:
    return Account(sandbox)


@pytest.fixture
def other_account(sandbox: Sandbox) -> Account:
    return Account(sandbox)


@pytest.fixture(scope="session")
def account_in() -> Callable[[Sandbox], Account]:
    return Account
