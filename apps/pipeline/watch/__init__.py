"""Watching clusters: one stream of node changes each, shared by however many watchers run."""
