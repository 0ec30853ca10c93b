import uuid

import pytest
from django.utils import timezone

from apps.fleet.statuses import SwitchState
from tests.factories import (
    ClientUserFactory,
    ClusterFactory,
    LabFactory,
    NotificationFactory,
    SpotInstanceFactory,
    SwitchFactory,
    SwitchStepFactory,
)

pytestmark = pytest.mark.django_db


def path_of(cluster, part=""):
    return f"/clients/{cluster.client_id}/topology{part}"


@pytest.mark.requirement("8.1")
@pytest.mark.requirement("8.3")
def test_the_cycle_view_is_the_first_and_shows_cluster_engine_and_nodes(operator):
    cluster = ClusterFactory(name="Prod-Cluster-A")
    SpotInstanceFactory.create_batch(2, cluster=cluster)
    page = operator.get(path_of(cluster))
    text = page.content.decode()
    assert page.context["view"] == "cycle"
    places = [text.index(words) for words in ("<h2>Prod-Cluster-A", "Atharva.AI Engine", ">2 nodes</h3>")]
    assert places == sorted(places)
    assert "Healthy &amp; Optimised" in text


@pytest.mark.requirement("8.6")
def test_the_live_view_opens_the_tenants_stream(operator):
    cluster = ClusterFactory()
    text = operator.get(path_of(cluster, "?view=live")).content.decode()
    assert f'data-live-url="/ws/client/{cluster.client_id}/live" data-live-seq="0"' in text


@pytest.mark.requirement("8.8")
def test_a_switch_under_way_is_a_lane_with_four_steps(operator):
    switch = SwitchFactory(state=SwitchState.SWITCHING, detail="Draining, 1 of 3 pods moved")
    for state in (SwitchState.PREPARING, SwitchState.SWITCHING):
        SwitchStepFactory(switch=switch, state=state, entered_at=timezone.now())
    text = operator.get(path_of(switch.cluster, "/body?view=live")).content.decode()
    assert "Draining, 1 of 3 pods moved" in text
    for step, state in [
        ("preparing", "done"),
        ("switching", "now"),
        ("verifying", "todo"),
        ("complete", "todo"),
    ]:
        assert f'data-state="{state}" data-key="{step}"' in text


@pytest.mark.requirement("8.11")
def test_the_live_view_begins_with_the_clusters_in_which_something_moves(operator):
    quiet = ClusterFactory(name="a")
    SwitchFactory.create_batch(2, cluster=ClusterFactory(name="b", account=quiet.account))
    SwitchFactory(cluster=ClusterFactory(name="c", account=quiet.account))
    context = operator.get(path_of(quiet, "?view=live")).context
    assert [cluster.name for cluster in context["stacked"]] == ["b", "c", "a"]
    assert [cluster.name for cluster in context["clusters"]] == ["a", "b", "c"]


def test_a_tenant_sees_its_own_and_not_that_there_are_others(browser_of):
    own, other = ClusterFactory(), ClusterFactory()
    browser = browser_of(ClientUserFactory(client=own.client))
    assert browser.get(path_of(own)).status_code == 200
    for part in ("", "?view=live", "/body"):
        foreign = browser.get(path_of(other, part))
        unknown = browser.get(f"/clients/{uuid.uuid4()}/topology{part}")
        assert (foreign.status_code, foreign.content) == (404, unknown.content)
    assert browser.get(f"/clients/{other.client_id}/status").status_code == 404


def test_the_lab_sees_no_tenant(browser_of):
    assert browser_of(LabFactory()).get(path_of(ClusterFactory())).status_code == 403


def test_a_tenant_has_no_switcher_and_no_back_office(browser_of):
    cluster = ClusterFactory()
    frame = browser_of(ClientUserFactory(client=cluster.client)).get(path_of(cluster)).context["frame"]
    assert (frame.switcher, frame.back_office_url) == (None, "")
    assert {group.label: [link.label for link in group.links] for group in frame.rail} == {
        "Fleet": ["Fleet Topology"],
        cluster.client.name: ["Connections", "Operations", "Team", "Audit"],
    }


def test_an_admins_rail_names_the_two_audits_apart_and_fits_a_phone(operator):
    frame = operator.get(path_of(ClusterFactory())).context["frame"]
    labels = [link.label for group in frame.rail for link in group.links]
    assert len(labels) == len(set(labels))
    assert [link.short for link in frame.bar.links] == ["Live", "Monitor", "Clients", "Fleet"]
    assert [link.label for group in frame.bar.more for link in group.links] == [
        "Platform audit",
        "Risk model",
        "Connections",
        "Operations",
        "Team",
        "Audit",
        "Back office",
    ]


def test_a_page_below_one_of_the_rail_is_marked_there(operator):
    client_id = ClusterFactory().client_id
    frame = operator.get(f"/clients/{client_id}/connections/accounts/new").context["frame"]
    marked = {link.label: link.current for group in frame.rail for link in group.links if link.current}
    assert marked == {"Connections": "true"}


def test_the_frame_knows_the_way_out_and_back_in(operator):
    text = operator.get("/operations").content.decode()
    assert 'action="/sign-out"' in text and 'data-sign-in-url="/sign-in"' in text


def test_notices_are_those_of_the_tenant_that_is_shown(operator):
    cluster = ClusterFactory()
    NotificationFactory(cluster=cluster, text="Mine.")
    NotificationFactory(text="Another's.")
    frame = operator.get(path_of(cluster)).context["frame"]
    assert ([notice.text for notice in frame.notices], frame.recent) == (["Mine."], 1)
    assert operator.get("/operations").context["frame"].recent == 2


def test_without_a_cluster_it_says_what_comes_next(browser_of):
    user = ClientUserFactory()
    page = browser_of(user).get(f"/clients/{user.client_id}/topology")
    assert "No cluster yet" in page.content.decode()


def test_queries_do_not_grow_with_the_fleet(operator, django_assert_max_num_queries):
    cluster = ClusterFactory()
    for _ in range(3):
        SwitchFactory.create_batch(2, cluster=ClusterFactory(account=cluster.account))
    SpotInstanceFactory.create_batch(6, cluster=cluster)
    for part, queries in [("", 18), ("?view=live", 18), ("/body?view=live", 12)]:
        with django_assert_max_num_queries(queries):
            operator.get(path_of(cluster, part))


def test_the_account_page_is_for_the_lab_too_that_begins_at_the_risk_model(browser_of):
    user = LabFactory(name="Ada Lovelace")
    browser = browser_of(user)
    assert browser.get("/")["Location"] == "/lab"
    text = browser.get("/account").content.decode()
    assert "Ada Lovelace" in text and 'data-live-url=""' in text
