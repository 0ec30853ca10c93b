"""Labels and taints are read as Kubernetes reads them."""

import pytest

from apps.pipeline.optimizer.model import Requirement, Taint, Toleration, Where
from apps.pipeline.verification.eligibility import admits, meets, taints_admit

LABELS = {"zone": "a", "cores": "8", "name": "node-8"}
GPU = Taint("dedicated", "gpu", "NoSchedule")


@pytest.mark.parametrize(
    ("key", "operator", "values", "met"),
    [
        ("zone", "In", ["a", "b"], True),
        ("zone", "In", ["b"], False),
        ("absent", "In", ["a"], False),
        ("absent", "In", [""], False),
        ("zone", "NotIn", ["a"], False),
        ("zone", "NotIn", ["b"], True),
        ("absent", "NotIn", ["a"], True),
        ("zone", "Exists", [], True),
        ("absent", "Exists", [], False),
        ("zone", "DoesNotExist", [], False),
        ("absent", "DoesNotExist", [], True),
        ("cores", "Gt", ["7"], True),
        ("cores", "Gt", ["8"], False),
        ("cores", "Gt", ["10"], False),
        ("cores", "Lt", ["9"], True),
        ("cores", "Lt", ["8"], False),
        ("cores", "Lt", ["10"], True),
        ("cores", "Gt", ["-1"], True),
        ("absent", "Gt", ["1"], False),
        ("absent", "Lt", ["1"], False),
        ("name", "Gt", ["1"], False),
        ("cores", "Gt", ["many"], False),
        ("cores", "Gt", ["1", "2"], False),
        ("cores", "Gt", [], False),
        ("zone", "Like", ["a"], False),
    ],
)
def test_a_requirement_on_labels(key, operator, values, met):
    assert meets(Requirement(key, operator, frozenset(values)), LABELS) is met


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        (Toleration("dedicated", "Equal", "gpu", "NoSchedule"), True),
        (Toleration("dedicated", "Equal", "gpu"), True),
        (Toleration("dedicated", "", "gpu"), True),
        (Toleration("dedicated", "Equal", "db"), False),
        (Toleration("dedicated", "Exists"), True),
        (Toleration("dedicated", "Exists", effect="NoExecute"), False),
        (Toleration("other", "Exists"), False),
        (Toleration("", "Exists"), True),
        (Toleration("", "Exists", effect="NoExecute"), False),
    ],
)
def test_a_toleration_of_a_taint(toleration, tolerated):
    assert taints_admit(Where(tolerations=frozenset({toleration})), {GPU}) is tolerated


def test_every_taint_must_be_tolerated_by_some_toleration():
    gpu, late = Toleration("dedicated", "Exists"), Toleration("late", "Exists")
    taints = {GPU, Taint("late", effect="NoExecute")}
    assert not taints_admit(Where(tolerations=frozenset({gpu})), taints)
    assert taints_admit(Where(tolerations=frozenset({gpu, late})), taints)
    assert taints_admit(Where(), set())


def test_one_term_is_enough_and_all_of_it_is_needed():
    in_a, in_b = Requirement("zone", "In", frozenset("a")), Requirement("zone", "In", frozenset("b"))
    large = Requirement("cores", "Gt", frozenset({"16"}))
    assert admits(Where((frozenset({in_b}), frozenset({in_a}))), LABELS, ())
    assert not admits(Where((frozenset({in_b}), frozenset({in_a, large}))), LABELS, ())
    assert admits(Where(), LABELS, ())
