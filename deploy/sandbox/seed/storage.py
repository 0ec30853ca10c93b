"""What a fleet leaves behind: volumes nobody uses, snapshots nobody needs, and some that somebody does."""

import random

from deploy.sandbox.seed.cloud import Cloud, named, tagged

VOLUME_KINDS = ("gp3", "gp3", "gp2", "st1")
VOLUME_GIB = (20, 50, 100, 200, 500)
SMALLEST_ST1_GIB = 125
# Half of the volumes are younger than the thirty days after which one is suggested for cleaning.
VOLUME_AGE_DAYS = (2, 60)
SNAPSHOT_AGE_DAYS = (5, 400)
IMAGES_SHARE = 4
HOURS_PER_DAY = 24


def ensure_volumes(cloud: Cloud, zones: list[str], count: int, chance: random.Random) -> None:
    """Unattached volumes of several kinds and ages."""
    name = f"{cloud.account.name}-data"
    found = cloud.ec2.get_paginator("describe_volumes").paginate(Filters=named(name))
    for number in range(sum(len(page["Volumes"]) for page in found), count):
        kind, size = chance.choice(VOLUME_KINDS), chance.choice(VOLUME_GIB)
        created = cloud.ec2.create_volume(
            AvailabilityZone=zones[number % len(zones)],
            Size=max(size, SMALLEST_ST1_GIB) if kind == "st1" else size,
            VolumeType=kind,
            TagSpecifications=[tagged("volume", {"Name": name, "app": f"store-{number % 7}"})],
        )
        age = chance.uniform(*VOLUME_AGE_DAYS) * HOURS_PER_DAY
        cloud.control("backdate", resource_id=created["VolumeId"], hours=round(age, 2))


def ensure_snapshots(cloud: Cloud, zones: list[str], count: int, chance: random.Random) -> None:
    """Snapshots of a volume that is gone; every fourth is held by an image."""
    name = f"{cloud.account.name}-backup"
    found = cloud.ec2.get_paginator("describe_snapshots").paginate(Filters=named(name), OwnerIds=["self"])
    existing = sum(len(page["Snapshots"]) for page in found)
    if existing >= count:
        return
    source = cloud.ec2.create_volume(AvailabilityZone=zones[0], Size=50, VolumeType="gp3")["VolumeId"]
    for number in range(existing, count):
        snapshot = cloud.ec2.create_snapshot(
            VolumeId=source,
            Description=f"nightly backup {number}",
            TagSpecifications=[tagged("snapshot", {"Name": name})],
        )["SnapshotId"]
        age = chance.uniform(*SNAPSHOT_AGE_DAYS) * HOURS_PER_DAY
        cloud.control("backdate", resource_id=snapshot, hours=round(age, 2))
        if number % IMAGES_SHARE == 0:
            _image_of(cloud, snapshot, f"{cloud.account.name}-golden-{number:02}")
    cloud.ec2.delete_volume(VolumeId=source)


def _image_of(cloud: Cloud, snapshot: str, name: str) -> None:
    cloud.ec2.register_image(
        Name=name,
        Architecture="x86_64",
        RootDeviceName="/dev/xvda",
        VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": snapshot, "VolumeSize": 50}}],
    )
