"""A new company comes in: from signing up to its own account and cluster, watched and estimated."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

TAKEN = "ec2:CreateFleet"
# A first decision wants nodes and prices; without another reason it comes within five minutes.
ESTIMATE_MS = 400_000
TEST_MS = 90_000


@pytest.fixture(scope="module")
def spare(sandbox) -> dict[str, str]:
    """The account that nobody has connected yet, as its owner knows it."""
    return sandbox.spare


def owner(command: str, *arguments: object) -> str:
    """What the account's owner does in AWS and in the cluster."""
    argv = [sys.executable, "-m", "deploy.sandbox", command, *map(str, arguments)]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def without(policy: str, action: str) -> str:
    """The policy with one action taken out."""
    document = json.loads(policy)
    for statement in document["Statement"]:
        actions = statement["Action"]
        statement["Action"] = [actions] if isinstance(actions, str) else actions
        statement["Action"] = [one for one in statement["Action"] if one != action]
    document["Statement"] = [s for s in document["Statement"] if s["Action"]]
    assert json.dumps(document) != json.dumps(json.loads(policy))
    return json.dumps(document)


def sign_up(page: Page, secrets) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign Up").click()
    page.get_by_label("Company").fill("Initech")
    page.get_by_label("Your name").fill("Peter Gibbons")
    page.get_by_label("E-mail").fill("peter@initech.example")
    page.get_by_role("button", name="Sign up").click()
    username = page.locator("#credentials-username").inner_text()
    password = page.locator("#credentials-password").inner_text()
    secrets.note(password)
    page.get_by_role("link", name="I have stored them").click()
    expect(page.get_by_label("Username")).to_have_value(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/clients/*/topology")


def start_account(page: Page, spare: dict[str, str]) -> None:
    page.get_by_role("link", name="Connect an account").click()
    page.get_by_role("link", name="Connect an AWS account").first.click()
    page.get_by_label("Name", exact=True).fill("initech-production")
    page.get_by_label("account id").fill(spare["account_id"])
    page.get_by_role("checkbox", name=spare["region"]).check()
    page.get_by_role("button", name="Go on to the role").click()


def make_role(page: Page, folder: Path, *, lacking: str = "") -> dict[str, str]:
    """The role from the page's own JSON; what its owner is told of it."""
    trust = page.locator("#template-trust").text_content()
    policy = page.locator("#template-policy").text_content()
    files = {"trust": trust, "policy": without(policy, lacking) if lacking else policy}
    for name, text in files.items():
        folder.joinpath(f"{name}.json").write_text(text)
    [statement] = json.loads(trust)["Statement"]
    external_id = statement["Condition"]["StringEquals"]["sts:ExternalId"]
    paths = ["--trust-file", folder / "trust.json", "--policy-file", folder / "policy.json"]
    return {
        "external_id": external_id,
        **json.loads(owner("spare-role", f"--external-id={external_id}", *paths)),
    }


def test_from_sign_up_to_a_watched_cluster_with_its_estimate(contexts, secrets, spare, tmp_path):
    page = contexts().new_page()
    sign_up(page, secrets)
    expect(page.get_by_text("No cluster yet")).to_be_visible()

    start_account(page, spare)
    role = make_role(page, tmp_path, lacking=TAKEN)
    secrets.note(role["external_id"])
    expect(page.get_by_label("Role ARN")).to_have_value(role["role_arn"])
    page.get_by_label("Queue URL").fill(role["queue_url"])
    page.get_by_role("button", name="Test the connection").click()

    # The permission that was taken away is named, and it alone.
    expect(page.locator("#account-test")).to_contain_text("is missing", timeout=TEST_MS)
    missing = page.locator("#account-test .findings").first.locator(".finding")
    expect(missing).to_have_count(1)
    expect(missing).to_contain_text(TAKEN)
    expect(page.get_by_role("button", name="Connect the account")).to_have_count(0)
    expect(page.locator("#missing-policy")).to_contain_text(TAKEN)

    make_role(page, tmp_path)
    page.get_by_role("button", name="Test again").click()
    expect(page.locator("#account-test")).to_contain_text("nothing is missing", timeout=TEST_MS)
    page.get_by_role("button", name="Connect the account").click()

    # The cluster is found by EKS, its owner lets the platform read, and it begins in observe.
    found = page.locator("li", has_text=spare["cluster"])
    expect(found).to_be_visible(timeout=30_000)
    manifest = tmp_path / "atharva.yaml"
    manifest.write_text(found.locator("pre").last.text_content())
    owner("spare-access", "--manifest", manifest)
    found.get_by_role("button", name=f"Connect {spare['cluster']}").click()
    page.wait_for_url("**/connections/clusters/*")
    expect(page.locator(".trust__step[aria-current=step]")).to_contain_text("Observe")

    expect(page.locator(".badge-saving")).to_be_visible(timeout=ESTIMATE_MS)
    expect(page.get_by_text("of 8 nodes have a better pool")).to_be_visible(timeout=ESTIMATE_MS)
    assert owner_sees_nothing_changed(spare)


def owner_sees_nothing_changed(spare: dict[str, str]) -> bool:
    """No node of the cluster carries anything of ours while it is only observed."""
    argv = ["kubectl", "--kubeconfig", spare["kubeconfig"], "get", "nodes", "-o", "json"]
    nodes = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)["items"]
    taints = [taint["key"] for node in nodes for taint in node["spec"].get("taints", ())]
    return len(nodes) == 8 and not [key for key in taints if key.startswith("atharva.ai/")]
