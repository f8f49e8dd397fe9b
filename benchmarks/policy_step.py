"""Cost of one decision with 200 and with 1,000 services.

    python benchmarks/policy_step.py [--rounds N] [--json]

Each round is what a busy host makes the policy decide: probe answers, a crash, its restart, the
tick that proves readiness, and the question for the next deadline after each of them. Ten per
cent of the services depend on one hub, as web services do on a database. Two figures per size:
the median of a step, and the mean of all steps.
"""

import argparse
import json
import statistics
import sys
from time import perf_counter

from usher.model.actions import Check, Spawn
from usher.model.events import (
    CheckDone,
    Event,
    Exit,
    Key,
    Now,
    PlanChanged,
    ProbeResult,
    ProcessExited,
    Spawned,
    Tick,
)
from usher.model.spec import Dependency, ProbeSpec, RestartPolicy, ServiceSpec
from usher.model.target import HttpTarget
from usher.model.world import World
from usher.policy.step import next_deadline, step

PROBE = ProbeSpec("http", HttpTarget("/"))
PATIENT = RestartPolicy(budget_count=1_000_000, stable_after=0.5)
LIMIT = 1e-4
"""Seconds a step may take with 200 services; twice that with 1,000."""


class Host:
    """A world, a clock, and processes that do what they are told at once."""

    def __init__(self, services: int) -> None:
        self.world = World()
        self.boot = 1000.0
        self.times: list[float] = []
        self.names = [f"service-{number}" for number in range(services)]
        needs = (Dependency(self.names[0]),)
        specs = tuple(
            ServiceSpec(
                name,
                ("program",),
                "/",
                probes=(PROBE,),
                restart=PATIENT,
                depends_on=needs if number % 10 == 1 else (),
            )
            for number, name in enumerate(self.names)
        )
        self.feed(PlanChanged("plan", "benchmark", specs, start=tuple(self.names)))
        self.settle(self.boot + 10)
        self.times.clear()

    def feed(self, event: Event) -> None:
        """One step, measured with the question for the next deadline, then its consequences."""
        now = Now(self.boot, self.boot)
        began = perf_counter()
        self.world, actions = step(self.world, event, now)
        next_deadline(self.world)
        self.times.append(perf_counter() - began)
        for action in actions:
            if isinstance(action, Check):
                self.feed(CheckDone(action.key, action.run))
            elif isinstance(action, Spawn):
                self.feed(Spawned(action.key, action.run, 4000 + action.run))

    def settle(self, until: float) -> None:
        """Let time pass."""
        while (due := next_deadline(self.world)) is not None and due <= until:
            self.boot = max(self.boot, due)
            self.feed(Tick())
        self.boot = until

    def round(self, number: int) -> None:
        """Ten answers, one crash and what follows from it."""
        for offset in range(10):
            name = self.names[(number * 10 + offset) % len(self.names)]
            key = Key(name, 1, 0)
            run = self.world.services[name].current.instances[0].run
            self.feed(ProbeResult(key, run, "http", ok=True))
        key = Key(self.names[number % len(self.names)], 1, 0)
        run = self.world.services[key.service].current.instances[0].run
        self.feed(ProcessExited(key, run, Exit(1)))
        self.settle(self.boot + 2.0)


def measure(services: int, rounds: int) -> dict[str, float]:
    """Figures for this many services, in microseconds."""
    host = Host(services)
    for number in range(rounds):
        host.round(number)
    return {
        "services": services,
        "steps": len(host.times),
        "median_us": round(statistics.median(host.times) * 1e6, 1),
        "mean_us": round(statistics.fmean(host.times) * 1e6, 1),
    }


def main() -> int:
    """Print the figures; 1 if they break the promise."""
    parser = argparse.ArgumentParser(
        description="Cost of one decision with 200 and with 1,000 services."
    )
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    small, large = (measure(services, arguments.rounds) for services in (200, 1000))
    kept = small["mean_us"] <= LIMIT * 1e6 and large["mean_us"] <= 2 * LIMIT * 1e6
    kept = kept and large["mean_us"] <= 2 * small["mean_us"]
    if arguments.json:
        print(json.dumps({"small": small, "large": large, "kept": kept}))
    else:
        for figures in (small, large):
            print("  ".join(f"{name} {value}" for name, value in figures.items()))
        print(
            "promise", "kept" if kept else "broken", "(100 us with 200, at most twice with 1,000)"
        )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
