"""Rates, memory and restarts as the backlog grows."""
import sys
from statistics import median

from .broker import fresh_broker
from .table import Table, at_least, at_most, jobs_text

PART_JOBS = 200_000  # Added to the backlog and drained from it again, to measure.
HANDLERS = 64
RATE_KEPT = 0.8
RESIDENT_MIB_MAX = {10_000_000: 1024}
RESTART_SECONDS_MAX = {1_000_000: 1.5, 10_000_000: 10}


def rates_at(broker, rounds, **options):
    """Jobs a second of adding a part and of draining it again; medians."""
    adds, drains = [], []
    for _ in range(rounds):
        adds.append(broker.bench("enqueue", jobs=PART_JOBS, seconds=60, **options)["jobs_per_s"])
        drains.append(broker.bench("drain", jobs=PART_JOBS, seconds=60, concurrency=HANDLERS, filled=True,
                                   **without_fill(options))["jobs_per_s"])
    return median(adds), median(drains)


def without_fill(options):
    return {name: value for name, value in options.items() if name != "keys"}


def measure_one(tree, durability, jobs, rounds):
    with fresh_broker(tree, durability) as broker:
        fill = broker.fill(jobs, name="backlog")
        resident = broker.resident_mib()
        restart = broker.restart_seconds()
        after = broker.resident_mib()
        adds, drains = rates_at(broker, rounds, name="backlog")
    print(f"backlog {jobs_text(jobs)}: {resident:.0f} MiB, restart {restart:.2f} s, "
          f"{adds:,.0f} and {drains:,.0f} jobs/s", file=sys.stderr, flush=True)
    return {"jobs": jobs, "fill": fill["jobs_per_s"], "resident": resident, "after": after, "restart": restart,
            "adds": adds, "drains": drains}


def measure(tree, durability, rounds, backlogs):
    found = {jobs: measure_one(tree, durability, jobs, rounds) for jobs in backlogs}
    head = ["backlog", "fill, batches of 1,000 (jobs/s)", "resident (MiB)", "after the restart (MiB)",
            "kill -9 to serving (s)", "enqueue at it (jobs/s)", "drain at it, 64 handlers (jobs/s)"]
    table = Table("As the backlog grows", head)
    for jobs, one in found.items():
        table.rows.append([jobs_text(jobs), f"{one['fill']:,.0f}", f"{one['resident']:.0f}", f"{one['after']:.0f}",
                           f"{one['restart']:.2f}", f"{one['adds']:,.0f}", f"{one['drains']:,.0f}"])
    smallest, largest = found[min(found)], found[max(found)]
    for name, rate in (("enqueue", "adds"), ("drain", "drains")):
        table.goals.append(at_least(
            f"{name} at {jobs_text(largest['jobs'])} >= {RATE_KEPT}x of that at {jobs_text(smallest['jobs'])}",
            largest[rate] / smallest[rate], RATE_KEPT, "x"))
    for jobs, limit in RESIDENT_MIB_MAX.items():
        table.goals.append(at_most(f"{jobs_text(jobs)} waiting jobs in < {limit} MiB",
                                   found[jobs]["resident"] if jobs in found else None, limit, " MiB"))
    for jobs, limit in RESTART_SECONDS_MAX.items():
        table.goals.append(at_most(f"{jobs_text(jobs)} jobs serve again in < {limit} s",
                                   found[jobs]["restart"] if jobs in found else None, limit, " s"))
    return table
