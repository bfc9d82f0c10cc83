"""The command line."""
import argparse
import json
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from runner import build, machine
from runner.command import end_on_signal, names
from runner.measure import Tree
from runner.process import Failure

from . import backlog, quiet, spread
from .table import Goal, Table

BACKLOGS = (10_000, 100_000, 1_000_000, 10_000_000)


def steps(chosen):
    """Name -> what measures it, with the tree and the durability class."""
    backlogs = [jobs for jobs in BACKLOGS if jobs <= chosen.jobs_max]
    return {
        "backlog": lambda tree: backlog.measure(tree, chosen.durability, chosen.rounds, backlogs),
        "spread": lambda tree: spread.over_queues_and_keys(tree, chosen.durability, chosen.rounds),
        "connections": lambda tree: spread.over_connections(tree, chosen.durability, chosen.seconds,
                                                             chosen.rounds),
        "storm": lambda tree: quiet.storm(tree, chosen.durability, min(quiet.STORM_JOBS, chosen.jobs_max)),
        "idle": lambda tree: quiet.idle(tree, chosen.durability)}


STEPS = ("backlog", "spread", "connections", "storm", "idle")


def arguments(argv, root):
    parser = argparse.ArgumentParser(prog="run", description="Measures swarmq as the work grows; see README.md.")
    parser.add_argument("--only", type=names(list(STEPS)), default=list(STEPS), metavar="STEPS", help=f"of {','.join(STEPS)}")
    parser.add_argument("--rounds", type=int, default=3, help="of each rate; the medians are printed")
    parser.add_argument("--seconds", type=int, default=3, help="of each number of connections")
    parser.add_argument("--jobs-max", type=int, default=BACKLOGS[-1], help="no larger backlog than this")
    parser.add_argument("--durability", choices=("D1", "D2"), default="D1", help="D1: synced; D2: survives kill -9")
    parser.add_argument("--build", type=Path, default=root / "build", help="the build tree")
    parser.add_argument("--no-build", action="store_true", help="measure what is built")
    parser.add_argument("--data", type=Path, default=Path("/var/tmp"), help="a folder on the disk to measure")
    parser.add_argument("--output", type=Path, help="write OUTPUT.md and OUTPUT.json too")
    return parser.parse_args(argv)


def guarded(name, step, tree):
    try:
        return step(tree)
    except (Failure, OSError, ValueError, KeyError) as failure:
        return Table(name, ["what", "figure"], goals=[Goal(f"{name}: {failure}", None)])


def main(argv):
    here = Path(__file__).resolve().parents[1]
    root = here.parents[2]
    chosen = arguments(argv, root)
    signal.signal(signal.SIGTERM, end_on_signal)
    with tempfile.TemporaryDirectory(prefix="swarmq-scaling-", dir=chosen.data) as data:
        tree = Tree(here.parent / "peers", chosen.build.resolve(), Path(data))
        if not chosen.no_build:
            build.build_programs(tree, root)
        facts = machine.own(tree) | {"durability": chosen.durability, "rounds": chosen.rounds}
        known = steps(chosen)
        tables = [guarded(name, known[name], tree) for name in chosen.only]
    lines = ["# swarmq as the work grows", "", *[f"- {name}: {value}" for name, value in facts.items()], ""]
    text = "\n".join(lines) + "\n" + "\n".join(table.markdown() for table in tables)
    print(text, end="")
    if chosen.output:
        chosen.output.with_suffix(".md").write_text(text)
        content = {"machine": facts, "tables": [asdict(table) for table in tables]}
        chosen.output.with_suffix(".json").write_text(json.dumps(content, indent=1) + "\n")
    return 0
