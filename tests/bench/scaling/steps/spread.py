"""Rates over many queues, keys and connections."""
import contextlib
import json
import sys
import tempfile
from statistics import median

from runner import process

from .backlog import rates_at
from .broker import PAYLOAD_BYTES, fresh_broker
from .table import Table, at_least

QUEUES = (1, 100, 1_000)
KEYS = 100_000
CONNECTIONS = (1, 50, 500)
RATE_KEPT = 0.7
COMMITS = {"D1": "sync", "D2": "write"}
ECHO_SHARE = 0.6


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def over_queues_and_keys(tree, durability, rounds):
    table = Table("Over queues and keys", ["queues", "keys", "enqueue (jobs/s)", "drain, 64 handlers (jobs/s)"])
    cases = [*((queues, 1) for queues in QUEUES), (1, KEYS)]
    found = _rates(tree, durability, rounds, cases)
    for queues, keys in cases:
        adds, drains = found[queues, keys]
        say(f"queues {queues}, keys {keys}: {adds:,.0f} and {drains:,.0f} jobs/s")
        table.rows.append([f"{queues:,}", f"{keys:,}" if keys > 1 else "none", f"{adds:,.0f}", f"{drains:,.0f}"])
    for what, case in ((f"{QUEUES[-1]:,} queues", (QUEUES[-1], 1)), (f"{KEYS:,} keys", (1, KEYS))):
        for i, name in enumerate(("enqueue", "drain")):
            ratio = found[case][i] / found[1, 1][i]
            table.goals.append(at_least(f"{name} over {what} >= {RATE_KEPT}x of one", ratio, RATE_KEPT, "x"))
    return table


def _rates(tree, durability, rounds, cases):
    """Of each case, medians; in turn, because the machine is not the same from one minute to the next."""
    rates = {case: [] for case in cases}
    with contextlib.ExitStack() as stack:
        brokers = {case: stack.enter_context(fresh_broker(tree, durability)) for case in cases}
        for _ in range(rounds):
            for queues, keys in cases:
                rates[queues, keys].append(
                    rates_at(brokers[queues, keys], 1, queues=queues, keys=keys, name="spread"))
    return {case: tuple(median(part) for part in zip(*of_case)) for case, of_case in rates.items()}


def _echo(tree, connections, seconds, commit):
    with tempfile.TemporaryDirectory(dir=tree.data) as folder:
        printed = process.run([tree.drivers / "bench_floor", "--dir", folder, "--seconds", seconds, "echo", "--window",
                               connections, "--connections", connections, "--commit", commit], seconds + 60)
    found = json.loads(printed)
    return found["jobs"] / found["seconds"]


def _adds(tree, durability, connections, seconds):
    with fresh_broker(tree, durability) as broker:
        printed = process.run([tree.drivers / "bench_connections", "--port", broker.port, "--connections", connections,
                               "--seconds", seconds, "--payload", PAYLOAD_BYTES, "add"], seconds + 60)
    found = json.loads(printed)
    return found["jobs"] / found["seconds"], found["p50_us"] / 1e3, found["p99_us"] / 1e3


def _in_turn(tree, durability, connections, seconds, rounds):
    """Medians: rate, p50, p99, bare echo, echo with the append, share of the bare echo."""
    commit = COMMITS[durability]
    runs = []
    for _ in range(rounds):
        rate, p50, p99 = _adds(tree, durability, connections, seconds)
        bare = _echo(tree, connections, seconds, "none")
        runs.append((rate, p50, p99, bare, _echo(tree, connections, seconds, commit), rate / bare))
    return tuple(median(part) for part in zip(*runs))


def over_connections(tree, durability, seconds, rounds):
    table = Table("Over connections, each of which adds one job at a time",
                  ["connections", "swarmq (jobs/s)", "p50 (ms)", "p99 (ms)", "bare echo (frames/s)",
                   f"echo with the append ({COMMITS[durability]}) (frames/s)", "share of the bare echo"])
    share = 0
    for connections in CONNECTIONS:
        rate, p50, p99, bare, durable, share = _in_turn(tree, durability, connections, seconds, rounds)
        say(f"connections {connections}: {rate:,.0f} jobs/s, bare echo {bare:,.0f}")
        table.rows.append([f"{connections:,}", f"{rate:,.0f}", f"{p50:.2f}", f"{p99:.2f}", f"{bare:,.0f}",
                           f"{durable:,.0f}", f"{share:.0%}"])
    table.goals.append(at_least(f"with {CONNECTIONS[-1]} connections >= {ECHO_SHARE:.0%} of the bare echo with as many",
                                100 * share, 100 * ECHO_SHARE, " %"))
    return table
