"""Giving a cluster back: the groups get their members again, and nothing of ours stays behind."""

from .asking import give_back, refuse_while_leaving
from .planning import Preview, preview
from .work import WORK

__all__ = ["WORK", "Preview", "give_back", "preview", "refuse_while_leaving"]
