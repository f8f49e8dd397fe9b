"""python -m tests.chaos [--minutes M] [--seed N]: random faults on a house of six services.

Ends with 0 when every promise held, else with 1 and a line for each that did not.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from tests.chaos.faults import FAULTS
from tests.chaos.run import Chaos, Happened
from tests.chaos.stage import Stage
from tests.chaos.verdict import breaches
from tests.node_programs import WHEEL
from tests.signal_audit import SignalAudit
from tests.usher_home import Usher, usher_home

from usher.model.incident import Incident


def main() -> int:
    """Run, judge, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all faults and incidents to FILE"
    )
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.minutes:g} minutes", flush=True)
    with usher_home() as usher:
        return _run(usher, options.seed, options.minutes * 60, options.json)


def _run(usher: Usher, seed: int, seconds: float, file: Path | None) -> int:
    begin = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - begin:7.1f} s  {what}", flush=True)

    stage = Stage(usher, WHEEL)
    try:
        stage.start()
        with tempfile.TemporaryDirectory() as folder:
            with SignalAudit(usher, Path(folder) / "calls") as audit:
                chaos = Chaos(stage, seed, say)
                chaos.run(seconds)
            incidents = [each for told in stage.incidents().values() for each in told]
            wrong = breaches(stage, chaos.happened, audit)
    finally:
        stage.close()
    if file is not None:
        file.write_bytes(_record(chaos.happened, incidents))
    kinds = {each.fault.name for each in chaos.happened}
    took = [each.detected - each.occurred.at for each in incidents] or [0.0]
    print(
        f"{len(chaos.happened)} faults of {len(kinds)} of {len(FAULTS)} kinds, "
        f"{len(incidents)} incidents, detected {statistics.median(took):.1f} s after the first "
        f"sign (at most {max(took):.1f} s)"
    )
    for each in wrong:
        print(f"WRONG: {each}")
    print(f"{len(wrong)} promises did not hold" if wrong else "every promise held")
    return 1 if wrong else 0


def _record(happened: list[Happened], incidents: list[Incident]) -> bytes:
    """What was done and what was told of it; times of the wall clock."""
    faults = [
        {"name": each.fault.name, "service": each.service, "at": each.at, "over": each.over}
        for each in happened
    ]
    return msgspec.json.encode({"faults": faults, "incidents": incidents})


if __name__ == "__main__":
    sys.exit(main())
