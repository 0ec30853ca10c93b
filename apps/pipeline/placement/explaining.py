"""What the policy has to do with a pod that no node takes: which pools would, and why they are left out."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from apps.pipeline.decision.reasons import Reason
from apps.pipeline.optimizer.model import (
    CPU,
    MEMORY,
    PODS,
    STORAGE,
    Amounts,
    ExistingNode,
    Offering,
    Pod,
    Shape,
)
from apps.pipeline.verification.eligibility import labels_admit, taints_admit

from .amounts import Resources
from .candidates import Candidates
from .new_nodes import NewNode, NewNodes

# Each costs a look at every pool; who is not explained keeps the solver's own sentence.
MOST_EXPLAINED = 20
WORDS = {CPU: "CPUs", MEMORY: "GiB of memory", PODS: "pods", STORAGE: "GiB of ephemeral storage"}
ACCELERATOR = "GPUs"


def notes_of(
    pods: Iterable[Pod],
    offerings: Sequence[Offering],
    nodes: Sequence[ExistingNode],
    candidates: Candidates,
    new_nodes: NewNodes,
    resources: Resources,
) -> dict[str, str]:
    """By pod id, a sentence for each that not even an empty node of any candidate would hold."""
    hopeless: dict[Shape, str] = {}
    hopeful: set[Shape] = set()
    notes: dict[str, str] = {}
    for pod in pods:
        shape = pod.shape
        if shape in hopeful:
            continue
        if shape not in hopeless:
            if len(hopeless) == MOST_EXPLAINED or _is_held(shape, offerings, nodes):
                hopeful.add(shape)
                continue
            hopeless[shape] = _note(shape, offerings, candidates, new_nodes, resources)
        if hopeless[shape]:
            notes[pod.id] = hopeless[shape]
    return notes


def _is_held(shape: Shape, offerings: Iterable[Offering], nodes: Iterable[ExistingNode]) -> bool:
    return any(_holds(shape, one.capacity, one) for one in offerings) or any(
        _holds(shape, node.free, node) for node in nodes
    )


def _holds(shape: Shape, room: Amounts, place: Offering | ExistingNode | NewNode) -> bool:
    return (
        all(has >= asked for has, asked in zip(room, shape.requests, strict=True))
        and labels_admit(shape.where, place.labels)
        and taints_admit(shape.where, place.taints)
    )


def _note(
    shape: Shape,
    offerings: Sequence[Offering],
    candidates: Candidates,
    new_nodes: NewNodes,
    resources: Resources,
) -> str:
    """What it lacks among the candidates, and how many pools that are none would hold it."""
    admitted = [one for one in offerings if labels_admit(shape.where, one.labels)]
    lacking = _lacking(shape, [one.capacity for one in admitted], resources)
    left_out: Counter[Reason] = Counter()
    said: dict[Reason, Counter[str]] = {}
    for pool in candidates.pools.values():
        why = candidates.whys.get(pool.id)
        if why is None:
            continue
        new = new_nodes.of(pool)
        if _holds(shape, new.capacity, new):
            left_out[why.reason] += 1
            said.setdefault(why.reason, Counter())[why.sentence] += 1
    if not left_out:
        return lacking
    total = left_out.total()
    reasons = "; ".join(
        f"{number}: {_words(said[reason], candidates)}" for reason, number in left_out.most_common(3)
    )
    would = "1 pool would hold it and is" if total == 1 else f"{total} pools would hold it and are"
    return f"{lacking} {would} left out ({reasons})".strip() + "."


def _lacking(shape: Shape, rooms: Sequence[Amounts], resources: Resources) -> str:
    """The first resource of which no candidate has enough, with the numbers."""
    if not rooms:
        return ""
    for place, name in enumerate(resources):
        largest = max(room[place] for room in rooms)
        if shape.requests[place] > largest:
            word = WORDS.get(name, ACCELERATOR if "gpu" in name else name)
            asked = f"{amount(shape.requests[place], name)} {word}"
            return f"{asked} asked for; the largest node that the policy allows has {amount(largest, name)}."
    return ""


def amount(value: int, name: str) -> str:
    """As a person writes it: CPUs, GiB, pieces."""
    if name == CPU:
        return f"{value / 1000:g}"
    return f"{value / 1024:.1f}" if name in (MEMORY, STORAGE) else str(value)


def _words(sentences: Mapping[str, int], candidates: Candidates) -> str:
    """The commonest sentence of a reason; of families, those that the policy allows."""
    sentence = max(sentences, key=lambda text: (sentences[text], text)).rstrip(".")
    families = ", ".join(sorted(candidates.policy.families))
    if families and sentence.startswith("The policy does not allow the family"):
        return f"families {families} are allowed"
    return sentence
