import pytest

from apps.fleet.errors import InsufficientCapacity, TemplateInvalid
from tests.world.servers import AwsEmulator

from .aws_account import Account


@pytest.fixture(autouse=True)
def no_exhaustion_left(aws_emulator: AwsEmulator):
    yield
    aws_emulator.order("reset")


def test_launches_one_spot_instance_from_the_pool_offered(account: Account):
    launched = account.cloud.launch(account.request(**{"atharva.ai/switch": "s-1"}), token="t-1")
    assert (launched.instance_type, launched.zone, launched.lifecycle) == ("m5.large", "us-east-1a", "spot")
    seen = account.cloud.instances_by_id([launched.id])[launched.id]
    assert (seen.instance_type, seen.zone, seen.lifecycle) == ("m5.large", "us-east-1a", "spot")
    assert seen.tags["atharva.ai/switch"] == "s-1"
    assert seen.tags["kubernetes.io/cluster/prod"] == "owned"
    assert seen.instance_profile_arn == account.profile_arn


def test_the_same_token_launches_once(account: Account):
    request = account.request()
    first = account.cloud.launch(request, token="t-1")
    assert account.cloud.launch(request, token="t-1") == first
    assert [one.id for one in account.cloud.instances()] == [first.id]


def test_launches_on_demand_where_the_offers_say_so(account: Account):
    launched = account.cloud.launch(account.request(account.offer(lifecycle="on_demand")), token="t-1")
    assert launched.lifecycle == "on_demand"
    assert account.cloud.instances_by_id([launched.id])[launched.id].lifecycle == "on_demand"


def test_takes_another_offer_where_one_has_no_room(account: Account, aws_emulator: AwsEmulator):
    aws_emulator.order("exhaust", instance_type="m5.large", zone="us-east-1a")
    request = account.request(account.offer("m5.large"), account.offer("c5.large", "us-east-1b"))
    launched = account.cloud.launch(request, token="t-1")
    assert (launched.instance_type, launched.zone) == ("c5.large", "us-east-1b")


def test_a_launch_tells_which_pools_had_no_room(account: Account, aws_emulator: AwsEmulator):
    aws_emulator.order("exhaust", instance_type="c5.large", zone="us-east-1b")
    cheaper = account.offer("c5.large", "us-east-1b", "on_demand")
    dearer = account.offer("m5.large", "us-east-1a", "on_demand")
    launched = account.cloud.launch(account.request(cheaper, dearer), token="t-1")
    assert (launched.instance_type, launched.zone) == ("m5.large", "us-east-1a")
    assert launched.without_capacity == (("c5.large", "us-east-1b"),)


def test_no_room_anywhere_names_every_pool_tried(account: Account, aws_emulator: AwsEmulator):
    aws_emulator.order("exhaust", instance_type="m5.large")
    request = account.request(account.offer(zone="us-east-1a"), account.offer(zone="us-east-1b"))
    with pytest.raises(InsufficientCapacity, match="m5.large in us-east-1a, m5.large in us-east-1b"):
        account.cloud.launch(request, token="t-1")


def test_an_image_that_does_not_exist_is_the_templates_fault(account: Account):
    request = account.request(spec=account.spec(image_id="ami-0123456789abcdef0"))
    with pytest.raises(TemplateInvalid, match="InvalidAMIID.NotFound"):
        account.cloud.launch(request, token="t-1")


def test_a_launch_template_that_is_gone_is_the_templates_fault(account: Account):
    request = account.request()
    account.ec2.delete_launch_template(LaunchTemplateId=request.launch_template_id)
    with pytest.raises(TemplateInvalid):
        account.cloud.launch(request, token="t-1")


def test_trying_a_launch_launches_nothing(account: Account):
    account.cloud.try_launch(account.request())
    assert list(account.cloud.instances()) == []
