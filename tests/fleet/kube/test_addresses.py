"""A tenant names where its cluster is; it does not name our machine or its cloud's metadata."""

import pytest
from pytest_django import Settings

from apps.fleet.errors import ClusterAddressRefused, ClusterUnreachable
from apps.fleet.kube.addresses import check_addresses
from apps.fleet.kube.kubeconfig import Access

REFUSED = ["169.254.0.0/16", "127.0.0.0/8", "::1/128", "fe80::/10"]


@pytest.fixture(autouse=True)
def _networks(settings: Settings) -> None:
    settings.CLUSTER_NETWORKS_REFUSED = REFUSED


@pytest.mark.parametrize(
    "server",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://127.0.0.1:6443",
        "https://127.1:6443",
        "https://2130706433",  # the same, as one number
        "https://localhost:6443",
        "https://[::1]:6443",
        "https://[::ffff:169.254.169.254]",
        "https://[fe80::1]:6443",
    ],
)
def test_our_own_networks_are_refused_however_they_are_written(server: str) -> None:
    with pytest.raises(ClusterAddressRefused, match="prod is not looked for at"):
        check_addresses(Access(server=server), cluster="prod")


def test_a_proxy_is_no_way_around_it() -> None:
    with pytest.raises(ClusterAddressRefused, match="localhost"):
        check_addresses(Access(server="https://192.0.2.10", proxy="http://localhost:3128"), cluster="prod")


def test_any_other_address_is_the_tenants_to_name() -> None:
    check_addresses(Access(server="https://192.0.2.10:6443", proxy="http://10.1.2.3:3128"), cluster="prod")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_a_name_that_nobody_has_is_unreachable(host: str) -> None:
    with pytest.raises(ClusterUnreachable, match="is not found"):
        check_addresses(Access(server=f"https://{host}"), cluster="prod")


def test_an_installation_may_trust_its_own_machine(settings: Settings) -> None:
    settings.CLUSTER_NETWORKS_REFUSED = []
    check_addresses(Access(server="https://127.0.0.1:6443"), cluster="prod")
