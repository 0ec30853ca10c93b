"""Geometry of the small drawings on pages: sparkline, honeycomb, split bar. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass

SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 100.0, 40.0, 4.0

HEX_RADIUS = 10.0
HEX_STEP_X, HEX_STEP_Y = 21.6, 18.7
HEX_EDGE = 1.5  # half the widest outline, so that nothing is cut at the border
NARROWEST_HIVE = 12


@dataclass(frozen=True, slots=True)
class Spark:
    """Points of a line and of the area under it, in a box of 100 by 40."""

    line: str
    area: str


@dataclass(frozen=True, slots=True)
class Placed:
    """One honeycomb cell and where its centre lies."""

    cell: object
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Honeycomb:
    width: float
    height: float
    cells: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Widths in percent of the two parts of a bar, and where the second begins."""

    spot: float
    on_demand: float
    on_demand_from: float


def sparkline(values: Sequence[float]) -> Spark | None:
    """The line through `values`, left to right; None where fewer than two are known."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    step = SPARK_WIDTH / (len(values) - 1)
    room = SPARK_HEIGHT - 2 * SPARK_MARGIN
    # A line that never changed lies in the middle: on the floor it would read as zero.
    heights = [(value - low) / (high - low) if high > low else 0.5 for value in values]
    points = " ".join(
        f"{index * step:.1f},{SPARK_HEIGHT - SPARK_MARGIN - height * room:.1f}"
        for index, height in enumerate(heights)
    )
    return Spark(line=points, area=f"0,{SPARK_HEIGHT:.0f} {points} {SPARK_WIDTH:.0f},{SPARK_HEIGHT:.0f}")


def honeycomb(cells: Sequence[object]) -> Honeycomb:
    """`cells` laid out row by row; rows grow longer with the fleet, so that a large one stays a picture."""
    columns = max(NARROWEST_HIVE, round((2.4 * len(cells)) ** 0.5))
    left, top = HEX_STEP_X / 2 + HEX_EDGE, HEX_RADIUS + HEX_EDGE
    placed = []
    for index, cell in enumerate(cells):
        row, column = divmod(index, columns)
        shift = HEX_STEP_X / 2 if row % 2 else 0
        placed.append(
            Placed(cell, round(left + column * HEX_STEP_X + shift, 1), round(top + row * HEX_STEP_Y, 1))
        )
    rows = max(1, -(-len(cells) // columns))
    width = (columns + 0.5) * HEX_STEP_X + 2 * HEX_EDGE
    height = (rows - 1) * HEX_STEP_Y + 2 * top
    return Honeycomb(round(width, 1), round(height, 1), tuple(placed))


def split(spot: int, on_demand: int) -> Split:
    """Shares of spot and on-demand in a bar of 100, a gap of 1 between them where both exist."""
    total = spot + on_demand
    if total == 0:
        return Split(0, 0, 100)
    gap = 1 if spot and on_demand else 0
    spot_width = round((100 - gap) * spot / total, 1)
    return Split(spot_width, round(100 - gap - spot_width, 1), round(spot_width + gap, 1))
