"""The pictures of a report, as SVG text."""

from collections.abc import Sequence
from io import StringIO
from itertools import accumulate

from matplotlib import rc_context
from matplotlib.figure import Figure

from .model import Outcome

# From the colour-blind safe set by Okabe and Ito, beside the product's green.
LOOKS = {
    "atharva": ("#0f7a5a", "-"),
    "on_demand": ("#2456c7", "-"),
    "cheapest": ("#d55e00", "-"),
    "lowest_interruption": ("#cc79a7", "--"),
    "karpenter_like": ("#6b716a", ":"),
}
INCHES = (7.2, 3.2)


def cost_by_day(outcomes: Sequence[Outcome]) -> str:
    """The fleet's bill of each day, one line a strategy on spot; on-demand would flatten them all."""
    on_spot = [outcome for outcome in outcomes if outcome.name != "on_demand"]
    return _lines(on_spot, "USD a day", [[day.cost for day in o.days] for o in on_spot])


def interruptions_so_far(outcomes: Sequence[Outcome]) -> str:
    """Nodes that AWS took, summed up over the days."""
    series = [list(accumulate(day.interruptions for day in o.days)) for o in outcomes]
    return _lines(outcomes, "interruptions so far", series)


def moves_so_far(outcomes: Sequence[Outcome]) -> str:
    """Moves of the strategy's own will, summed up over the days."""
    series = [list(accumulate(day.moves for day in o.days)) for o in outcomes]
    return _lines(outcomes, "moves so far", series)


def _lines(outcomes: Sequence[Outcome], what: str, series: Sequence[Sequence[float]]) -> str:
    figure = Figure(figsize=INCHES, layout="constrained")
    axes = figure.add_subplot()
    for outcome, values in zip(outcomes, series, strict=True):
        colour, line = LOOKS[outcome.name]
        days = range(1, len(values) + 1)
        axes.step(days, values, line, where="post", color=colour, label=outcome.title, linewidth=2)
    axes.set_xlabel("day")
    axes.set_ylabel(what)
    axes.margins(y=0.1)
    axes.grid(axis="y", color="#d8dbd2", linewidth=0.6)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(frameon=False, fontsize="small", ncols=2)
    text = StringIO()
    # Without a date, and with ids that do not depend on chance, the same replay gives the same file.
    with rc_context({"svg.hashsalt": what}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
