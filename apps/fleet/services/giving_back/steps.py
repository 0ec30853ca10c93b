"""The steps of giving back by name, and the groups that the page shows them in."""

from enum import StrEnum

MOVES_UNDER_WAY = "Moves under way"
GROUPS = "Auto Scaling groups"
OUR_NODES = "Our nodes"
HANDED_OVER = "Handed over"
CLEAN_UP = "Clean-up"


class Step(StrEnum):
    MOVES = "moves"
    GROUP_ASK = "group_ask"
    GROUP_RAISE = "group_raise"
    GROUP_WAIT = "group_wait"
    NODE_WAIT = "node_wait"
    NODE_DRAIN = "node_drain"
    NODE_SETTLE = "node_settle"
    NODE_END = "node_end"
    HAND_OVER = "hand_over"
    CLEAN_UP = "clean_up"
