"""The rules of usher.policy.step hold in random histories of an imaginary host.

    USHER_EXAMPLES=2000 pytest packages/usherd/tests/property/test_rules.py     # a longer run

Seeds are fixed, so that a failure is a failure for everybody; with USHER_SHRINK=1 it is made short.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from usher.policy import step as policy

EXAMPLES = int(os.environ.get("USHER_EXAMPLES", "150"))


def test_the_rules_hold_in_random_histories(supervision: Any) -> None:
    run_state_machine_as_test(
        supervision(policy),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            derandomize=True,
            deadline=None,
            database=None,
            # Shrinking takes minutes; ask for it when there is something to find out.
            phases=[Phase.generate, Phase.shrink]
            if "USHER_SHRINK" in os.environ
            else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
