"""What waits and does nothing: delayed jobs, the moment when all of them are due, idle connections."""
import json
import subprocess
import sys
import time

from runner import process

from .broker import PAYLOAD_BYTES, fresh_broker
from .table import Table, at_most, jobs_text

STORM_JOBS = 1_000_000
RESIDENT_MIB_MAX = 1024 / 10  # A tenth of what 10 M waiting jobs may take, above an empty daemon.
PICKUP_P99_MS_MAX = 20
LEAD_SECONDS = 1
REST_SECONDS = 100  # Until an idle daemon has given back what it can: 10 s, and a minute of its allocator.
PICKUP_SECONDS = 6
IDLE_CONNECTIONS = 1_000
IDLE_SECONDS = 20
IDLE_CPU_PERCENT_MAX = 0.5
IDLE_MIB_MAX = 60


def _start(command):
    return subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True, start_new_session=True)


def _finish(running, seconds):
    try:
        return json.loads(running.communicate(timeout=seconds)[0])
    except (subprocess.TimeoutExpired, ValueError):
        raise process.Failure("a program of the storm did not end") from None
    finally:
        process.stop(running)


def storm(tree, durability, jobs=STORM_JOBS):
    due_seconds = REST_SECONDS + 10 + jobs // 50_000  # Time to add them on a slow machine.
    with fresh_broker(tree, durability) as broker:
        empty = broker.resident_mib()
        calm = broker.bench("pickup", seconds=PICKUP_SECONDS)
        begin = time.monotonic()
        broker.fill(jobs, name="storm", due=f"{due_seconds}s")
        at_once = broker.resident_mib() - empty
        left = begin + due_seconds - LEAD_SECONDS - time.monotonic()
        if left < 0:
            raise process.Failure(f"adding {jobs_text(jobs)} jobs took longer than {due_seconds} s")
        time.sleep(left)
        resident = broker.resident_mib() - empty
        drain = _start(broker.bench_command("drain", {"jobs": jobs, "name": "storm", "filled": True, "concurrency": 16,
                                                      "seconds": 120}))
        pickup = _start(broker.bench_command("pickup", {"seconds": PICKUP_SECONDS}))
        others = _finish(pickup, 120)
        drained = _finish(drain, 240)
    rows = [["resident above an empty daemon, just added", f"{at_once:.0f} MiB"],
            ["resident above an empty daemon, at rest", f"{resident:.0f} MiB"],
            ["pick-up of another queue before, p50 / p99", f"{calm['p50_us'] / 1e3:.2f} / {calm['p99_us'] / 1e3:.2f} ms"],
            ["pick-up of another queue in the storm, p50 / p99",
             f"{others['p50_us'] / 1e3:.2f} / {others['p99_us'] / 1e3:.2f} ms"],
            ["the storm itself, 16 handlers", f"{drained['jobs_per_s']:,.0f} jobs/s"]]
    print("storm:", rows, file=sys.stderr, flush=True)
    table = Table(f"{jobs_text(jobs)} delayed jobs, due at one moment", ["what", "figure"], rows)
    table.goals = [
        at_most(f"{jobs_text(STORM_JOBS)} delayed jobs at rest in < {RESIDENT_MIB_MAX:.0f} MiB",
                resident if jobs == STORM_JOBS else None, RESIDENT_MIB_MAX, " MiB"),
        at_most(f"pick-up of another queue in the storm < {PICKUP_P99_MS_MAX} ms at p99", others["p99_us"] / 1e3,
                PICKUP_P99_MS_MAX, " ms")]
    return table


def idle(tree, durability):
    with fresh_broker(tree, durability) as broker:
        empty = broker.resident_mib()
        holder = subprocess.Popen(
            [str(word) for word in (tree.drivers / "bench_connections", "--port", broker.port, "--connections",
                                    IDLE_CONNECTIONS, "--seconds", IDLE_SECONDS + 10, "--payload", PAYLOAD_BYTES, "idle")],
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        try:
            if holder.stdout.readline().strip() != "ready":
                raise process.Failure("the connections could not be made")
            cpu, begin = broker.cpu_seconds(), time.monotonic()
            time.sleep(IDLE_SECONDS)
            percent = 100 * (broker.cpu_seconds() - cpu) / (time.monotonic() - begin)
            resident = broker.resident_mib()
        finally:
            process.stop(holder)
            holder.stdout.close()
    print(f"idle: {percent:.2f} % of a core, {resident:.0f} MiB", file=sys.stderr, flush=True)
    table = Table(f"Idle, with {IDLE_CONNECTIONS:,} connections", ["what", "figure"],
                  [["processor", f"{percent:.2f} % of a core"], ["resident", f"{resident:.1f} MiB"],
                   ["resident with none", f"{empty:.1f} MiB"]])
    table.goals = [at_most(f"< {IDLE_CPU_PERCENT_MAX} % of a core", percent, IDLE_CPU_PERCENT_MAX, " %"),
                   at_most(f"< {IDLE_MIB_MAX} MiB", resident, IDLE_MIB_MAX, " MiB")]
    return table
