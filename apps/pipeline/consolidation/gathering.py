"""From a cluster as it is now to a layout: who may leave, who must stay and why, and what could be bought."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.fleet.draining import Obstacle, plan_drain
from apps.fleet.draining.plan import budgets_of
from apps.fleet.kube import kube_of
from apps.fleet.kube.port import SeenBudget, SeenNode, SeenPod
from apps.fleet.models import Cluster, Policy
from apps.fleet.services.switching.elsewhere import is_open
from apps.fleet.statuses import Mode

from ..decision import controls
from ..decision.budgets import concerns, is_in_force
from ..decision.cost import disruption_cost
from ..decision.gathering import gather
from ..decision.looking import pod_view, protection_of_node
from ..decision.model import NodeView
from ..decision.planning import Scene
from ..decision.reasons import Reason, Why
from ..market.samples import stood
from ..optimizer.model import ExistingNode, Offering, Shape
from ..placement.dry_run import freed, moves
from ..placement.gathering import Gathered, pod_id, problem_of
from ..placement.headroom import headroom, is_headroom
from ..placement.looking import look
from ..placement.state import ClusterState
from .model import Layout, NodeBudget, RunningNode, RunningPod, Stay, Terms

KIND = "consolidation"
# A rolling update needs a place before it gives one back; without room to spare it would buy a node at once.
SPARE_PCT = 5
# A final state that moves more of the pods is a new cluster; a few pods may all move.
MOST_MOVED, FEW_PODS = 0.7, 50
LIFE_HOURS = 24.0

STAYS: Mapping[Reason, Stay] = {
    Reason.KARPENTER: Stay.NOT_OURS,
    Reason.MOVING: Stay.MOVING,
    Reason.INTERRUPTED: Stay.INTERRUPTED,
    Reason.NOT_READY: Stay.NOT_READY,
    Reason.TOO_YOUNG: Stay.YOUNG,
    Reason.COOLING_DOWN: Stay.COOLING_DOWN,
}
OBSTACLES: Mapping[Obstacle, Stay] = {
    Obstacle.PROTECTED: Stay.PROTECTED,
    Obstacle.BARE: Stay.BARE,
    Obstacle.SEVERAL_BUDGETS: Stay.BUDGET,
}


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A layout, and what carrying it out needs: nodes of the platform by name, pools, what goes on.

    `waiting` pods have no node at this moment.
    """

    layout: Layout
    scene: Scene
    views: Mapping[str, NodeView]
    gathered: Gathered
    waiting: int


def survey(cluster: Cluster, now: datetime) -> Surveyed:
    """Look at a cluster, which comes with its policy joined. Raises what the cluster raises."""
    state = look(cluster, now)
    budgets = kube_of(cluster).budgets({pod.namespace for pod in state.pods})
    scene = gather(cluster, now)
    gathered, refused = _planned(cluster, state, now)
    views = {view.name: view for view in scene.nodes}
    here: dict[str, list[SeenPod]] = defaultdict(list)
    for pod in state.pods:
        here[pod.node_name].append(pod)
    shapes = {pod.id: pod.shape for pod in gathered.problem.pods}
    seen = {node.name: node for node in state.nodes}
    nodes = []
    for existing in gathered.problem.nodes:
        if existing.name not in seen:
            continue
        pods = here[existing.name]
        running = tuple(
            RunningPod(pod_id(pod), shapes[pod_id(pod)], _budget(pod, budgets))
            for pod in pods
            if pod_id(pod) in gathered.pods
        )
        view = views.get(existing.name)
        node = _running(existing, view, running, _usd(view, pods, now))
        stay = _stay(seen[existing.name], view, pods, budgets, scene, cluster.policy, refused, now)
        nodes.append(replace(node, stay=stay[0], sentence=stay[1]) if stay else node)
    return Surveyed(
        layout=Layout(
            resources=gathered.problem.resources,
            nodes=nodes,
            offerings=_offerings(gathered, scene, now),
            spare=_spare(gathered, state),
            budgets={f"{b.namespace}/{b.name}": b.allowed for b in budgets},
            terms=_as_carried_out(cluster, terms_of(scene, sum(len(node.pods) for node in nodes), now)),
        ),
        scene=scene,
        views=views,
        gathered=gathered,
        waiting=sum(pod.waits_for_node for pod in state.pods),
    )


def _as_carried_out(cluster: Cluster, terms: Terms) -> Terms:
    """An estimate is for later: what moves at this moment holds nothing back."""
    acts = cluster.policy.consolidate and cluster.policy.mode == Mode.ACTIVE
    return terms if acts else replace(terms, disturbed=0)


def terms_of(scene: Scene, pods: int, now: datetime) -> Terms:
    """What the policy, the groups and the budgets in force say of consolidation."""
    policy, tempo = scene.policy, scene.tempo
    in_force = [b for b in policy.budgets if concerns(b, KIND) and is_in_force(b, now)]
    groups = tempo.groups.values()
    return Terms(
        life_hours=LIFE_HOURS,
        leaving={g.name: max(g.desired - g.leaving - g.min_size, 0) for g in groups},
        on_demand_nodes=controls.on_demand_kept(policy, tempo.nodes),
        max_pool_share_pct=policy.max_pool_share_pct,
        max_price_hourly_usd=None if policy.max_price is None else float(policy.max_price),
        most_evictions=max(int(MOST_MOVED * pods), FEW_PODS),
        at_once=(
            NodeBudget("policy", pct=policy.max_moving_pct),
            *(NodeBudget(budget.name, budget.max_nodes, budget.max_pct) for budget in in_force),
            *(NodeBudget(g.name, controls.allowed_in_group(policy, g), group=g.name) for g in groups),
        ),
        disturbed=tempo.disturbed,
    )


def _offerings(gathered: Gathered, scene: Scene, now: datetime) -> list[Offering]:
    """The pools whose price has stood; at what is paid, as the nodes that are there are counted too."""
    prices = {o.key: price for o in gathered.problem.offerings if (price := gathered.pools[o.key].price)}
    samples = scene.policy.price_samples
    held = stood(prices, now, most=samples)
    return [
        replace(offering, cost=offering.price)
        for offering in gathered.problem.offerings
        if held.get(offering.key, 0) >= samples
    ]


def _planned(cluster: Cluster, state: ClusterState, now: datetime) -> tuple[Gathered, dict[str, str]]:
    """The problem of all pods that could move, and why others cannot be planned for, by their ids."""
    open_ones = {node.name for node in state.nodes if is_open(node)}
    movable = [pod for pod in state.pods if pod.node_name in open_ones and moves(pod)]
    first = _problem(cluster, state, movable, now)
    refused = {unplaced.pod: unplaced.detail for unplaced in first.unplaced}
    if not refused:
        return first, refused
    return _problem(cluster, state, [pod for pod in movable if pod_id(pod) not in refused], now), refused


def _problem(cluster: Cluster, state: ClusterState, movable: Sequence[SeenPod], now: datetime) -> Gathered:
    uids = {pod.uid for pod in movable}
    free = [freed(pod) for pod in movable]
    rest = [pod for pod in state.pods if pod.uid not in uids]
    return problem_of(cluster, replace(state, pods=[*rest, *free]), free, now=now)


def _running(
    existing: ExistingNode, view: NodeView | None, pods: tuple[RunningPod, ...], leaving_usd: float
) -> RunningNode:
    return RunningNode(
        name=existing.name,
        zone=existing.zone,
        lifecycle=existing.lifecycle,
        price=float(view.stay.price) if view is not None and view.stay is not None else 0.0,
        capacity=existing.free,
        pods=pods,
        labels=existing.labels,
        taints=existing.taints,
        leaving_usd=leaving_usd,
        group=view.group if view is not None else "",
        members=existing.members,
        apart=existing.apart,
    )


def _usd(view: NodeView | None, pods: Iterable[SeenPod], now: datetime) -> float:
    """What emptying a node costs once: its pods restart, and it runs beside what takes them."""
    if view is None or view.stay is None:
        return 0.0
    leaving = tuple(pod_view(pod) for pod in pods if moves(pod))
    return float(disruption_cost(replace(view, pods=leaving), view.stay, view.stay, now))


def _stay(
    node: SeenNode,
    view: NodeView | None,
    pods: Sequence[SeenPod],
    budgets: Sequence[SeenBudget],
    scene: Scene,
    policy: Policy,
    refused: Mapping[str, str],
    now: datetime,
) -> tuple[Stay, str] | None:
    """Why a node is kept whatever it costs, None where it may go."""
    if view is None:
        return Stay.NOT_OURS, "No instance of the account is known for it."
    if view.stay is None:
        return Stay.PRICE_UNKNOWN, Why(Reason.NO_MARKET).sentence
    if holds := controls.node_holds(view, scene.policy, now):
        return STAYS[holds[0].reason], holds[0].sentence
    if protection := protection_of_node(node, now):
        return Stay.PROTECTED, Why(Reason.DO_NOT_DISRUPT, protection.sentence).sentence
    drain = plan_drain(pods, budgets, evict_bare_pods=policy.evict_bare_pods, voluntary=True, now=now)
    if drain.refusals:
        obstacle = drain.refusals[0]
        return OBSTACLES[obstacle.obstacle], obstacle.reason
    for pod in pods:
        if why := refused.get(pod_id(pod)):
            return Stay.NOT_PLANNED, f"Pod {pod_id(pod)} cannot be planned for. {why}"
    return None


def _budget(pod: SeenPod, budgets: Sequence[SeenBudget]) -> str:
    over = budgets_of(pod, budgets)
    return f"{over[0].namespace}/{over[0].name}" if over else ""


def _spare(gathered: Gathered, state: ClusterState) -> list[Shape]:
    """The policy's headroom, or a little where it asks for none."""
    asked = [pod.shape for pod in gathered.problem.pods if is_headroom(pod.id)]
    if asked:
        return asked
    little = Policy(headroom_pct=SPARE_PCT)
    return [pod.shape for pod in headroom(little, state.pods, gathered.problem.resources)]
