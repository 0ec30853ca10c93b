"""The real parts that tests run on: one cloud and one Kubernetes stand-in a session, a tenant a test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from pytest_django import Settings

from tests.world.servers import AwsEmulator, KubeStandIn

if TYPE_CHECKING:
    from django.test import Client as Browser

    from apps.accounts.models import User
    from tests.world.tenant import Tenant

hypothesis.settings.register_profile("fuzz", max_examples=5000, deadline=None)
hypothesis.settings.register_profile("default", deadline=None)


@pytest.fixture(scope="session")
def aws_emulator() -> Iterator[AwsEmulator]:
    """The AWS API of the sandbox, quick to boot."""
    server = AwsEmulator("--boot-seconds", "1")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def kube_stand_in(
    aws_emulator: AwsEmulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KubeStandIn]:
    """The Kubernetes API of the sandbox, whose nodes join from the emulated cloud."""
    server = KubeStandIn(
        "--state-dir",
        str(tmp_path_factory.mktemp("kube")),
        "--aws-control",
        aws_emulator.url,
        "--join-seconds",
        "0.5",
        "--pod-start-seconds",
        "0.3",
        "--grace-cap-seconds",
        "0.5",
    )
    yield server
    server.stop()


@pytest.fixture
def cloud_settings(aws_emulator: AwsEmulator, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product speaks to the emulator, as an installation does through its environment."""
    settings.AWS_ENDPOINT_URL = aws_emulator.url
    settings.SPOT_ADVISOR_URL = f"{aws_emulator.url}/spot-advisor-data.json"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "platform")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "platform")


@pytest.fixture
def browser_of(db: None) -> "Callable[[User], Browser]":
    """A browser in which a person is signed in."""
    from django.test import Client  # wants Django to be set up

    def signed_in(user: "User") -> "Browser":
        browser = Client()
        browser.force_login(user)
        return browser

    return signed_in


@pytest.fixture
def tenant(
    aws_emulator: AwsEmulator, kube_stand_in: KubeStandIn, cloud_settings: None, db: None, tmp_path: Path
) -> "Callable[[], Tenant]":
    """Makes tenants; each has an AWS account and a cluster of its own."""
    from tests.world.tenant import Tenant  # imports the apps, which want Django to be set up

    return lambda: Tenant(aws_emulator, kube_stand_in, tmp_path)
