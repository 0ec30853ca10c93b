"""What is read from an object, where a running cluster cannot be brought to show it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.fleet.kube import wire
from apps.fleet.kube.calling import Reply
from apps.fleet.kube.eviction import answer_of
from apps.fleet.kube.owners import replicas_of
from apps.fleet.kube.port import Answer, Owner, Replicas, SeenPod
from apps.fleet.kube.quantities import cpu_milli, mib_needed, mib_offered, quantity, size_bytes
from apps.fleet.kube.reading import seen_budget, seen_pod
from apps.fleet.kube.watching import lines

META = {"name": "a", "namespace": "shop", "uid": "u", "generation": 2}


POD = msgspec.json.Decoder(wire.Pod)


def pod_from(body: dict[str, Any]) -> SeenPod:
    """A pod as it comes over the wire."""
    return seen_pod(POD.decode(msgspec.json.encode({"metadata": META, **body})))


def pod_of(**spec: Any) -> SeenPod:
    return pod_from({"spec": spec})


def container(cpu: str, memory: str, **more: Any) -> dict[str, Any]:
    return {"resources": {"requests": {"cpu": cpu, "memory": memory}}, **more}


def test_requests_are_summed_over_the_containers() -> None:
    seen = pod_of(containers=[container("100m", "64Mi"), container("0.5", "1Gi"), {}])

    assert (seen.cpu_milli, seen.memory_mib) == (600, 1088)


def test_an_init_container_counts_where_it_needs_more_than_all_others() -> None:
    seen = pod_of(initContainers=[container("2", "10Mi")], containers=[container("1", "100Mi")])

    assert (seen.cpu_milli, seen.memory_mib) == (2000, 100)


def test_sidecars_run_beside_the_containers_and_the_later_init_containers() -> None:
    sidecar = container("200m", "50Mi", restartPolicy="Always")
    seen = pod_of(initContainers=[sidecar, container("1", "10Mi")], containers=[container("1", "100Mi")])

    assert (seen.cpu_milli, seen.memory_mib) == (1200, 150)


def test_overhead_is_added_and_requests_of_the_whole_pod_win() -> None:
    overhead = {"cpu": "50m", "memory": "16Mi"}
    assert pod_of(containers=[container("1", "1Mi")], overhead=overhead).cpu_milli == 1050
    whole = {"requests": {"cpu": "3"}}
    seen = pod_of(containers=[container("1", "1Mi")], resources=whole)
    assert (seen.cpu_milli, seen.memory_mib) == (3000, 1)


def required(*terms: list[dict[str, Any]]) -> dict[str, Any]:
    selector = {"nodeSelectorTerms": [{"matchExpressions": term} for term in terms]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": selector}}


def arch(*values: str, operator: str = "In") -> dict[str, Any]:
    return {"key": "kubernetes.io/arch", "operator": operator, "values": list(values)}


LINUX = {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({}, set()),
        ({"nodeSelector": {"kubernetes.io/os": "linux"}}, set()),
        ({"nodeSelector": {"kubernetes.io/arch": "arm64"}}, {"arm64"}),
        ({"affinity": required([arch("amd64", "arm64"), LINUX])}, {"amd64", "arm64"}),
        ({"affinity": required([arch("amd64")], [arch("arm64")])}, {"amd64", "arm64"}),
        ({"affinity": required([arch("amd64")], [LINUX])}, set()),
        ({"affinity": required([arch("arm64", operator="NotIn")])}, set()),
        ({"affinity": required([arch("amd64", "arm64"), arch("arm64")])}, {"arm64"}),
        (
            {
                "nodeSelector": {"kubernetes.io/arch": "amd64"},
                "affinity": required([arch("amd64", "arm64")]),
            },
            {"amd64"},
        ),
    ],
)
def test_a_pod_runs_on_the_processors_that_it_names(spec: dict[str, Any], said: set[str]) -> None:
    assert pod_of(**spec).architectures == said


@pytest.mark.parametrize(
    ("text", "milli"), [("100m", 100), ("1", 1000), ("1.5", 1500), ("1e2", 100_000), ("100u", 1), ("0", 0)]
)
def test_cpu_is_read_in_every_notation_and_rounded_up(text: str, milli: int) -> None:
    assert cpu_milli(text) == milli


@pytest.mark.parametrize(
    ("text", "size"),
    [("1Ki", 1024), ("1k", 1000), ("1.5Gi", 1610612736), ("128974848", 128974848), ("1e3", 1000)],
)
def test_memory_is_read_in_every_notation(text: str, size: int) -> None:
    assert size_bytes(text) == size


@pytest.mark.parametrize("text", ["", "1 Gi", "Gi", "1Xi", "--1", "1e9999", "1mm"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        quantity(text)


@given(st.integers(0, 2**45))
def test_memory_never_fits_where_less_is_offered_than_needed(size: int) -> None:
    assert mib_offered(str(size)) <= mib_needed(size)


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (None, 0),
        ({}, 0),
        ({"observedGeneration": 1, "disruptionsAllowed": 3}, 0),
        ({"observedGeneration": 2, "disruptionsAllowed": None}, 0),
        ({"observedGeneration": 2, "disruptionsAllowed": 3}, 3),
    ],
)
def test_a_budget_allows_nothing_until_its_status_is_of_its_spec(
    status: dict[str, Any] | None, allowed: int
) -> None:
    budget = msgspec.convert({"metadata": META, "spec": {"selector": {}}, "status": status}, wire.Budget)

    assert seen_budget(budget).allowed == allowed


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        ({"parallelism": 3}, {"ready": 2}, (3, 2)),
        ({"parallelism": 3, "completions": 4}, {"succeeded": 3, "ready": 1}, (1, 1)),
        ({"parallelism": 3, "suspend": True}, {}, (0, 0)),
        ({}, {"conditions": [{"type": "Complete", "status": "True"}]}, (0, 0)),
    ],
)
def test_a_job_wants_what_it_runs_at_once_while_completions_are_missing(
    spec: dict[str, Any], status: dict[str, Any], expected: tuple[int, int]
) -> None:
    job = msgspec.convert({"metadata": META, "spec": spec, "status": status}, wire.Scaled)

    owner = Owner("Job", "default", "sums")

    assert replicas_of(owner, job) == Replicas(owner, *expected)


def refusal(code: int, message: str, retry_after: int = 0, **details: Any) -> Reply:
    body = {"kind": "Status", "code": code, "message": message, "details": details}
    return Reply(code, msgspec.json.encode(body), retry_after)


@pytest.mark.parametrize(
    ("reply", "answer", "wait"),
    [
        (refusal(429, "Too many requests", 3), Answer.NOT_YET, 3),
        (refusal(429, "no", retryAfterSeconds=7), Answer.NOT_YET, 7),
        (refusal(403, "no", causes=[{"reason": "NamespaceTerminating"}]), Answer.NOT_YET, 5),
        (refusal(409, "the object has been modified"), Answer.NOT_YET, 1),
    ],
)
def test_what_passes_by_itself_is_asked_again(reply: Reply, answer: Answer, wait: int) -> None:
    said = answer_of(reply)

    assert said is not None
    assert (said.answer, said.retry_after_seconds) == (answer, wait)


@pytest.mark.parametrize(
    "reply",
    [refusal(403, "no right"), refusal(500, "etcd"), Reply(404, b"404 page not found"), refusal(400, "x")],
)
def test_what_is_not_about_evicting_is_no_answer(reply: Reply) -> None:
    assert answer_of(reply) is None


@given(st.lists(st.text("ab{}", max_size=9).map(str.encode)), st.integers(1, 7))
def test_lines_are_found_however_the_stream_is_cut(written: list[bytes], size: int) -> None:
    stream = b"".join(line + b"\n" for line in written) + b"unfinished"
    chunks = [stream[start : start + size] for start in range(0, len(stream), size)]

    assert list(lines(chunks)) == written
