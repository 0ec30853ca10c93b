"""Recorded history run through the engine and through simpler rules, so that a claim can be checked.

Prices are what they were. Interruptions are drawn from what the Spot Advisor says of each type, with the same
luck for every strategy, since no public record pairs prices with interruptions: they rank strategies, and
predict nothing.
"""
