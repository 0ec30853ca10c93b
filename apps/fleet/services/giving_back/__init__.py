"""Giving a cluster back: the groups get their members again, and nothing of ours stays behind."""

from .asking import give_back, refuse_while_leaving
from .planning import Preview, preview

__all__ = ["Preview", "give_back", "preview", "refuse_while_leaving"]
