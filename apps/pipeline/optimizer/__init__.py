"""Where pods go and which nodes carry them, at the lowest proven cost. Pure: no framework, no cloud.

`model` is what goes in and comes out, `solve` the way between; `apps.pipeline.verification` checks every
plan and shares no code with it.
"""
