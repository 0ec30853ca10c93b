"""How likely a spot request succeeds, in AWS's own words."""

from collections.abc import Sequence
from functools import cached_property

from .region import Region


class PlacementScores(Region):
    def placement_scores(self, types: Sequence[str], *, nodes: int) -> dict[str, int]:
        pages = self.call.pages(
            self.ec2.get_spot_placement_scores,
            InstanceTypes=list(types),
            TargetCapacity=nodes,
            SingleAvailabilityZone=True,
            RegionNames=[self.region],
        )
        scores = [score for page in pages for score in page["SpotPlacementScores"]]
        zones = self._zones
        return {
            zones[score["AvailabilityZoneId"]]: score["Score"]
            for score in scores
            if score.get("AvailabilityZoneId") in zones
        }

    @cached_property
    def _zones(self) -> dict[str, str]:
        """Zone by its id: each account has names of its own for the same buildings, and keeps them."""
        found = self.call(self.ec2.describe_availability_zones)["AvailabilityZones"]
        return {zone["ZoneId"]: zone["ZoneName"] for zone in found}
