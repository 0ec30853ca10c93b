"""Trying every call that the platform needs, as a row that a worker advances.

`start_test` asks for one, `claim_due` names those that nobody works on, `run_test` tries. A test that is run
twice begins anew; of two workers at the same test the later one goes on.
"""

from .running import claim_due, run_test
from .starting import start_test

__all__ = ["claim_due", "run_test", "start_test"]
