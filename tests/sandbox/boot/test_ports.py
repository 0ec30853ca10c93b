"""Ports: remembered where free, never shared by two sandboxes that start at once."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.sandbox.process.installation import load, load_or_create
from deploy.sandbox.process.state import StateDir
from deploy.sandbox.servers.ports import claim_port, free_port, is_free


def made(folder: Path) -> StateDir:
    state = StateDir(folder)
    state.make()
    return state


def test_two_that_start_at_once_get_different_ports() -> None:
    wanted = free_port()
    with ExitStack() as first, ExitStack() as second:
        assert claim_port(wanted, first) == wanted
        assert is_free(wanted)
        assert claim_port(wanted, second) != wanted


def test_a_claim_ends_with_its_sandbox() -> None:
    wanted = free_port()
    with ExitStack() as first:
        claim_port(wanted, first)
    with ExitStack() as second:
        assert claim_port(wanted, second) == wanted


def test_a_claimed_port_can_be_served() -> None:
    with ExitStack() as claims, socket.socket() as server:
        server.bind(("127.0.0.1", claim_port(None, claims)))
        server.listen()


def test_ports_and_passwords_are_the_same_at_the_next_start(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    with ExitStack() as claims:
        first = load_or_create(state, claims)
    with ExitStack() as claims:
        assert load_or_create(state, claims) == first
    assert state.installation.stat().st_mode & 0o077 == 0


def test_a_port_somebody_took_meanwhile_is_replaced_alone(tmp_path: Path) -> None:
    state = made(tmp_path / "a")
    with ExitStack() as claims:
        first = load_or_create(state, claims)
    with socket.socket() as taken, ExitStack() as claims:
        taken.bind(("127.0.0.1", first.ports.kube))
        taken.listen()
        second = load_or_create(state, claims)
    assert second.ports.kube != first.ports.kube
    assert (second.ports.web, second.ports.aws) == (first.ports.web, first.ports.aws)
    assert load(state) == second


def test_the_environment_has_nothing_of_a_persons_own_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = made(tmp_path / "a")
    monkeypatch.setenv("AWS_PROFILE", "their-company")
    monkeypatch.setenv("KUBECONFIG", "/their/kubeconfig")
    with ExitStack() as claims:
        env = load_or_create(state, claims).environment(
            state, database_url="postgres://", redis_url="redis://"
        )
    assert "AWS_PROFILE" not in env
    assert "KUBECONFIG" not in env
    assert env["AWS_CONFIG_FILE"] == "/dev/null"
    assert env["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
