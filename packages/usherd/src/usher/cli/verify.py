"""usher verify: prove that running apps work, with what they themselves use."""

from argparse import ArgumentParser, Namespace

from usher.api.text import printable
from usher.cli.command import client_of
from usher.cli.console import Console


def configure(parser: ArgumentParser) -> None:
    """Take names of apps."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="name of an app (all)")


def run(options: Namespace, console: Console) -> int:
    """Print one line a proof; 3 when one failed or something cannot be told."""
    answer = client_of(options).verify(options.names or ["all"])
    if console.json:
        console.data(answer)
        return answer.exit_code
    colours = {"ok": "green", "failed": "red", "unknown": "yellow", "absent": "dim"}
    for instance in answer.instances:
        name = printable(f"{instance.service}:{instance.slot}")
        for proof in instance.proofs:
            result = console.paint(f"{proof.result:<7}", colours[proof.result])
            console.print(f"{name}  {proof.what:<8}  {result}  {printable(proof.detail)}")
    if not answer.instances:
        console.note("usher: nothing is defined that could be verified")
    return answer.exit_code
