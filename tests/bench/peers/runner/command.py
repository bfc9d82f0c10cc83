"""The command line."""
import argparse
import json
import signal
import sys
import tempfile
import tomllib
from pathlib import Path

from . import build, machine, report
from .measure import CLASSES, Plan, Rounds, Tree
from .servers import SERVERS
from .summary import OWN, Summary


def names(known):
    def parse(text):
        chosen = text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(known)}")
        return [name for name in known if name in chosen]
    return parse


def arguments(argv, here, plan):
    parser = argparse.ArgumentParser(prog="run", description="Measures swarmq and its peers in turn; see README.md.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds over everything; the medians are printed")
    parser.add_argument("--seconds", type=int, default=3, help="how long each workload adds or drains")
    parser.add_argument("--only", type=names(list(SERVERS)), default=list(SERVERS), metavar="PEERS",
                        help=f"of {','.join(SERVERS)}")
    parser.add_argument("--workloads", type=names(list(plan.workloads)), default=list(plan.workloads),
                        metavar="NAMES", help=f"of {','.join(plan.workloads)}")
    parser.add_argument("--classes", type=names(list(CLASSES)), default=list(CLASSES), metavar="CLASSES", help="D1,D2")
    parser.add_argument("--build", type=Path, default=here.parents[2] / "build", help="the build tree")
    parser.add_argument("--no-build", action="store_true", help="measure what is built")
    parser.add_argument("--data", type=Path, default=Path("/var/tmp"), help="a folder on the disk to measure")
    parser.add_argument("--output", type=Path, help="write OUTPUT.md and OUTPUT.json too")
    return parser.parse_args(argv)


def end_on_signal(number, _frame):
    sys.exit(128 + number)  # So that servers are stopped on the way out.


def main(argv):
    here = Path(__file__).resolve().parents[1]
    plan = Plan(here / "workloads.toml")
    chosen = arguments(argv, here, plan)
    signal.signal(signal.SIGTERM, end_on_signal)
    rows = [row for row in tomllib.loads((here / "goals.toml").read_text())["rows"] if row["workload"] in chosen.workloads]
    with tempfile.TemporaryDirectory(prefix="swarmq-peers-", dir=chosen.data) as data:
        Path(data).chmod(0o755)  # One server runs as a user of its own.
        tree = Tree(here, chosen.build.resolve(), Path(data))
        if not chosen.no_build:
            build.build_programs(tree, here.parents[2])
            build.install_javascript(tree)
        facts = machine.describe(tree, chosen.rounds, chosen.seconds)
        rounds = Rounds(plan, tree, chosen.seconds, chosen.only, chosen.workloads, chosen.classes)
        summary = Summary(rounds.run(chosen.rounds))
    peers = [OWN] + [peer for peer in chosen.only if peer != OWN]
    text = report.markdown(summary, peers, chosen.classes, rows, facts)
    print(text, end="")
    if chosen.output:
        content = report.as_json(summary, peers, chosen.classes, rows, facts)
        chosen.output.with_suffix(".md").write_text(text)
        chosen.output.with_suffix(".json").write_text(json.dumps(content, indent=1) + "\n")
    return 0
