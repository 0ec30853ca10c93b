"""The EC2 actions that answer differently from moto's."""

import itertools
import time
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.ec2.exceptions import DryRunClientError, EC2ClientError, InvalidParameterCombination
from moto.ec2.responses import EC2Response
from moto.ec2.utils import parse_user_data

from deploy.sandbox.aws import catalog, launching, paging, placement, rendering, selecting
from deploy.sandbox.aws.ec2 import SandboxEC2Backend
from deploy.sandbox.aws.fleet import ICE, SPOT_QUOTA, VCPU_QUOTA, InstantFleet
from deploy.sandbox.aws.idempotency import ClientTokens
from deploy.sandbox.aws.launching import LaunchSpec
from deploy.sandbox.aws.refusals import EC2_DENIED

PRODUCTS = ("Linux/UNIX", "Linux/UNIX (Amazon VPC)")
PRICE_PAGE = 1000
OLDEST_PRICE_SECONDS = 90 * 24 * 3600
# Codes that AWS does not answer with 400
HTTP_STATUS = {"InsufficientInstanceCapacity": 500, "DryRunOperation": 412, "UnauthorizedOperation": 403}


class SandboxEC2Response(EC2Response):
    tokens: ClassVar[ClientTokens] = ClientTokens()
    configurations: ClassVar[placement.Configurations] = placement.Configurations()

    @property
    def backend(self) -> SandboxEC2Backend:
        backend: SandboxEC2Backend = self.ec2_backend
        return backend

    def serialized(self, action_result: ActionResult) -> TYPE_RESPONSE:
        status, headers, body = super().serialized(action_result)
        if isinstance(action_result.result, EC2ClientError):
            status = HTTP_STATUS.get(action_result.result.code, status)
        return status, headers, body

    # --- launching and ending

    def run_instances(self) -> ActionResult:
        request = self._request()
        key, recalled = self._recall(request)
        if recalled is not None:
            return ActionResult(recalled)
        wanted = request.get("LaunchTemplate")
        template = launching.template_version(self.backend, wanted) if wanted else None
        spec = launching.resolve(self.backend, request, template)
        self._require_launch(spec)
        least, most = int(request["MinCount"]), int(request["MaxCount"])
        now = time.time()
        refusal: EC2ClientError | None = None
        for subnet in launching.subnets_for(self.backend, spec):
            launching.check(self.backend, spec, subnet)
            if launching.quota(self.backend, spec, subnet) < least:
                raise EC2ClientError(*(SPOT_QUOTA if spec.lifecycle == "spot" else VCPU_QUOTA))
            self._stop_if_dry_run()
            room = launching.room(self.backend, spec, subnet, now)
            if room >= least:
                count = min(most, room, launching.quota(self.backend, spec, subnet))
                reservation = launching.launch(self.backend, spec, subnet, count)
                self.tokens.remember(key, request, reservation)
                return ActionResult(reservation)
            text = ICE[1].format(type=spec.instance_type, zone=subnet.availability_zone)
            refusal = EC2ClientError(ICE[0], text)
        raise refusal or EC2ClientError("MissingInput", "No subnets found for the default VPC.")

    def create_fleet(self) -> ActionResult:
        request = self._request()
        if request.get("Type", "maintain") != "instant":
            return super().create_fleet()
        key, recalled = self._recall(request)
        if recalled is not None:
            return ActionResult(recalled)
        for config in request["LaunchTemplateConfigs"]:
            launching.template_version(self.backend, config["LaunchTemplateSpecification"])
        self._stop_if_dry_run()
        answer = InstantFleet(self.backend, request, self._require_launch).fulfil()
        self.tokens.remember(key, request, answer)
        return ActionResult(answer)

    def terminate_instances(self) -> ActionResult:
        instance_ids = self._get_param("InstanceIds", [])
        self.backend.get_multi_instances_by_id(instance_ids)
        self._stop_if_dry_run()
        ended = self.backend.terminate_instances(instance_ids)
        rows = [
            {"InstanceId": one.id, "CurrentState": one.instance_state, "PreviousState": previous}
            for one, previous in ended
        ]
        return ActionResult({"TerminatingInstances": rows})

    def delete_launch_template_versions(self) -> ActionResult:
        template_id, name = self._get_param("LaunchTemplateId"), self._get_param("LaunchTemplateName")
        template = launching.template_named(self.backend, template_id, name)
        self._stop_if_dry_run()
        gone, kept = [], []
        for number in self._get_param("Versions", []):
            row = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name}
            refusal = template.delete_version(number)
            if refusal is None:
                gone.append({**row, "VersionNumber": int(number)})
            else:
                error = dict(zip(("Code", "Message"), refusal, strict=True))
                kept.append({**row, "VersionNumber": int(number), "ResponseError": error})
        return ActionResult(
            {
                "SuccessfullyDeletedLaunchTemplateVersions": gone,
                "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
            }
        )

    def _require_launch(self, spec: LaunchSpec) -> None:
        """Raise where the caller may not launch that, by themselves or through a fleet."""
        gate = self.backend.world.gate
        if denial := gate.launch_denial(self.get_access_key(), spec, self.region):
            raise EC2ClientError("UnauthorizedOperation", EC2_DENIED + denial.sentence)

    def _request(self) -> dict[str, Any]:
        request = dict(self._get_params())
        if request.get("UserData") is not None:
            request["UserData"] = parse_user_data(request["UserData"])
        return request

    def _recall(self, request: dict[str, Any]) -> tuple[tuple[str, ...], Any]:
        token = request.pop("ClientToken", None)
        request.pop("DryRun", None)
        key = (self.current_account, self.region, self._get_action(), str(token))
        return key, self.tokens.recall(key, request) if token else None

    def _stop_if_dry_run(self) -> None:
        if self._get_param("DryRun", False):
            raise DryRunClientError

    # --- describing

    def describe_instances(self) -> ActionResult:
        rows, token = self._selected_page(paging.MOST)
        return rendering.instances(rows, token)

    def describe_instance_status(self) -> ActionResult:
        everything = self._get_bool_param("IncludeAllInstances", False)
        rows, token = self._selected_page(paging.MOST, only_running=not everything)
        return ActionResult({"InstanceStatuses": rows, "NextToken": token})

    def _selected_page(self, most: int, *, only_running: bool = False) -> tuple[Any, str | None]:
        ids = self._get_param("InstanceIds", [])
        limit = self._get_int_param("MaxResults")
        if ids and limit:
            raise InvalidParameterCombination(
                "The parameter instancesSet cannot be used with the parameter maxResults"
            )
        found = self.backend.get_multi_instances_by_id(ids) if ids else self.backend.all_instances()
        if only_running:
            found = [one for one in found if one.state == "running"]
        found = selecting.select(found, self._filters())
        return paging.page(
            found, max_results=limit, token=self._get_param("NextToken"), most=max(most, len(ids))
        )

    def _filters(self) -> dict[str, list[str]]:
        # moto calls the values a string; they are lists of them
        return cast(dict[str, list[str]], self._filters_from_querystring())

    def describe_volumes(self) -> ActionResult:
        found = self.backend.describe_volumes(
            volume_ids=self._get_param("VolumeIds", []), filters=self._filters_from_querystring()
        )
        return self._paged("Volumes", found, paging.MOST)

    def describe_snapshots(self) -> ActionResult:
        found = self.backend.describe_snapshots(
            snapshot_ids=self._get_param("SnapshotIds", []), filters=self._filters_from_querystring()
        )
        owners = self._get_param("OwnerIds", [])
        if owners:
            wanted = {self.current_account if owner == "self" else owner for owner in owners}
            found = [snapshot for snapshot in found if snapshot.owner_id in wanted]
        return self._paged("Snapshots", found, paging.MOST)

    def describe_instance_types(self) -> ActionResult:
        found = self.backend.describe_instance_types(
            self._get_param("InstanceTypes", []), self._filters_from_querystring()
        )
        return self._paged("InstanceTypes", found, 100)

    def describe_instance_type_offerings(self) -> ActionResult:
        found = self.backend.describe_instance_type_offerings(
            self._get_param("LocationType"), self._filters_from_querystring()
        )
        return self._paged("InstanceTypeOfferings", found, paging.MOST)

    def _paged(self, name: str, found: list[Any], most: int) -> ActionResult:
        limit, token = self._get_int_param("MaxResults"), self._get_param("NextToken")
        rows, following = paging.page(found, max_results=limit, token=token, most=most)
        return ActionResult({name: rows, "NextToken": following})

    def get_spot_placement_scores(self) -> ActionResult:
        if self.region not in self._get_param("RegionNames", [self.region]):
            raise InvalidParameterCombination("The sandbox scores the region that is asked only.")
        types = self._get_param("InstanceTypes", [])
        nodes = self._get_int_param("TargetCapacity")
        configuration = (self.region, frozenset(types), nodes)
        self.configurations.admit(self.current_account, configuration, time.time())
        zones = self.backend.describe_availability_zones()
        ids = {zone.name: zone.zone_id for zone in zones}
        rows = placement.scores(self.backend.world.capacity, ids, self.region, types, nodes)
        found, token = paging.page(
            rows, max_results=self._get_int_param("MaxResults"), token=self._get_param("NextToken")
        )
        return ActionResult({"SpotPlacementScores": found, "NextToken": token})

    def describe_spot_price_history(self) -> ActionResult:
        now = time.time()
        start = _unix(self._get_param("StartTime"), now - OLDEST_PRICE_SECONDS)
        end = min(_unix(self._get_param("EndTime"), now), now)
        token = self._get_param("NextToken")
        after = _place(token) if token else None
        limit = min(self._get_int_param("MaxResults") or PRICE_PAGE, PRICE_PAGE)
        stream = self.backend.world.market.history(self._price_pools(), start, end, after)
        # One more than the page: whether there is another page is known only by looking.
        found = list(itertools.islice(stream, limit + 1))
        following = None
        if len(found) > limit:
            at, index = found[limit - 1][1]
            following = paging.encode(f"{at!r}/{index}")
        return rendering.prices([point for point, _ in found[:limit]], PRODUCTS[0], following)

    def _price_pools(self) -> list[tuple[str, str]]:
        filters = self._filters()
        products = self._get_param("ProductDescriptions", []) or filters.get("product-description", [])
        if products and not any(product in PRODUCTS for product in products):
            return []
        types = set(self._get_param("InstanceTypes", []) or filters.get("instance-type", []))
        zone = self._get_param("AvailabilityZone")
        zones = {zone} if zone else set(filters.get("availability-zone", []))
        return [
            (type_name, in_zone)
            for type_name, in_zone in catalog.offerings(self.region)
            if (not types or type_name in types) and (not zones or in_zone in zones)
        ]


def _place(token: str) -> tuple[float, int]:
    at, index = paging.decode(token).split("/")
    return float(at), int(index)


def _unix(moment: Any, default: float) -> float:
    if moment is None:
        return default
    parsed = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
