"""What one pass over launches sees of a cluster: asked for once, however many of them want to know."""

from functools import cached_property

from apps.fleet.kube import Kube, kube_of
from apps.fleet.kube.port import SeenNode, SeenPod
from apps.fleet.models import Cluster, Launch


class Sight:
    """Lives for one pass, so nothing it holds is older than that. Reading raises what the cluster raises."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @cached_property
    def kube(self) -> Kube:
        return kube_of(self._cluster)

    @cached_property
    def nodes(self) -> list[SeenNode]:
        return self.kube.nodes()[0]

    @cached_property
    def waiting(self) -> dict[str, SeenPod]:
        """The pods that no node has yet, by uid."""
        return {pod.uid: pod for pod in self.kube.waiting_pods() if not (pod.terminating or pod.is_finished)}

    def still_waiting(self, launch: Launch) -> list[SeenPod]:
        """Those of a launch's pods that wait yet."""
        return [self.waiting[pod["uid"]] for pod in launch.pods if pod["uid"] in self.waiting]
