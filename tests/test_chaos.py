"""Two minutes of random faults; `just chaos` takes thirty."""

from pathlib import Path
from typing import Any

import pytest
from tests.chaos.run import Chaos
from tests.chaos.stage import Stage
from tests.chaos.verdict import breaches
from tests.signal_audit import SignalAudit

pytestmark = [pytest.mark.process, pytest.mark.debian]

SECONDS = 120


def test_faults_at_random_are_each_told_once_and_mended(
    usher: Any, node: str, tmp_path: Path
) -> None:
    stage = Stage(usher, node)
    try:
        stage.start()
        with SignalAudit(usher, tmp_path / "calls") as audit:
            chaos = Chaos(stage, seed=1)
            chaos.run(SECONDS, at_least=10)
        assert breaches(stage, chaos.happened, audit) == []
    finally:
        stage.close()
