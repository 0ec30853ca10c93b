"""Where a tenant may send us: its cluster's address is its own to name, ours and our cloud's are not."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

from apps.fleet.errors import ClusterAddressRefused, ClusterUnreachable

from .kubeconfig import Access


def check_addresses(access: Access, *, cluster: str) -> None:
    """Look up where an access leads, by its server and its proxy.

    Raises ClusterAddressRefused where one of the addresses is in CLUSTER_NETWORKS_REFUSED, and
    ClusterUnreachable where a name has none.
    """
    refused = [ip_network(network) for network in settings.CLUSTER_NETWORKS_REFUSED]
    for url in filter(None, (access.server, access.proxy)):
        host = urlsplit(url).hostname or ""
        for address in _addresses_of(host, cluster):
            if any(address in network for network in refused):
                raise ClusterAddressRefused(cluster=cluster, host=host)


def _addresses_of(host: str, cluster: str) -> list[IPv4Address | IPv6Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = f"the name {host} is not found"
        raise ClusterUnreachable(cluster=cluster, why=why) from error
    # The interface of a link-local address stands behind a percent sign.
    return [_plain(ip_address(str(entry[4][0]).partition("%")[0])) for entry in found]


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An IPv4 address that is dressed as one of IPv6, as what it is."""
    return getattr(address, "ipv4_mapped", None) or address
