"""The best filling of one large node at given prices, by a solver: for the few nodes that need it.

The compiled fillings of nodes with room for dozens of pods stay up to a percent short of the best, which the
master's value and its bound then do as well.
"""

import numpy as np
from numpy.typing import NDArray
from ortools.linear_solver import pywraplp

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SECONDS = 0.05  # for one filling
PRECISE = "limits/gap = 0.0003"  # of the worth: closer takes much longer and is of no more use
GRAIN = 256  # fractions of a pod are counted in these, which keeps the master's numbers tame


def whole_filling(
    room: Floats, value: Floats, requests: Floats, upper: Floats, group: Ints, limit: Floats
) -> Ints:
    """How many pods of each sort the node had best carry, `upper` of each and `limit` of a group at most.

    None at all where no filling is found in time.
    """
    filling = _filling("SCIP", PRECISE, room, value, requests, upper, group, limit)
    return np.floor(filling + 1e-6).astype(np.int64)


def fractional_filling(
    room: Floats, value: Floats, requests: Floats, upper: Floats, group: Ints, limit: Floats
) -> Floats:
    """The same where pods may be cut."""
    filling = _filling("GLOP", "", room, value, requests, upper, group, limit)
    return np.asarray(np.floor(filling * GRAIN) / GRAIN)


def _filling(
    kind: str,
    parameters: str,
    room: Floats,
    value: Floats,
    requests: Floats,
    upper: Floats,
    group: Ints,
    limit: Floats,
) -> Floats:
    solver = pywraplp.Solver.CreateSolver(kind)
    solver.SetTimeLimit(int(SECONDS * 1000))
    solver.SetSolverSpecificParametersAsString(parameters)
    objective = solver.Objective()
    objective.SetMaximization()
    rooms = [solver.RowConstraint(0.0, float(amount), "") for amount in room]
    chosen = np.flatnonzero((value > 0) & (upper > 0)).tolist()
    groups = {
        g: solver.RowConstraint(0.0, float(limit[g]), "") for g in set(group[chosen].tolist()) if g >= 0
    }
    variables = []
    for sort in chosen:
        pods = solver.Var(0.0, float(upper[sort]), kind == "SCIP", "")
        objective.SetCoefficient(pods, float(value[sort]))
        for row, amount in zip(rooms, requests[sort].tolist(), strict=True):
            row.SetCoefficient(pods, amount)
        if group[sort] >= 0:
            groups[int(group[sort])].SetCoefficient(pods, 1.0)
        variables.append(pods)
    filling = np.zeros(len(value))
    if solver.Solve() in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
        filling[chosen] = [pods.solution_value() for pods in variables]
    return filling
