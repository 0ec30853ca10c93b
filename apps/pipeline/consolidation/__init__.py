"""Fewer or cheaper nodes for the same pods: a final state first, then budget-safe waves towards it."""
