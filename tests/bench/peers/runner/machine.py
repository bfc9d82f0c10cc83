"""What was measured, where and when."""
import datetime
import json
import os
import platform
import subprocess
from pathlib import Path

from . import process
from .process import Failure

PACKAGES = ("redis-server", "beanstalkd", "rabbitmq-server", "nats-server", "libnats-dev", "librabbitmq-dev", "postgresql-15")


def _first_line(command):
    try:
        return process.run(command, 20).splitlines()[0].strip()
    except (Failure, OSError, IndexError):
        return "none"


def _cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _packages():
    found = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES], capture_output=True, text=True,
                           check=False).stdout
    return ", ".join(sorted(found.splitlines()))


def _javascript(folder):
    lock = folder / "package-lock.json"
    if not lock.exists():
        return "none"
    packages = json.loads(lock.read_text())["packages"]
    return ", ".join(f"{name} {packages[f'node_modules/{name}']['version']}" for name in ("bullmq", "graphile-worker"))


def _syncs(tree):
    measured = json.loads(process.run([tree.drivers / "bench_floor", "--dir", tree.data, "--seconds", 2, "sync"], 30))
    (tree.data / "floor.log").unlink()
    return ", ".join(f"{call} {measured[f'{call}_per_s']:,.0f}/s (p50 {measured[f'{call}_p50_us']:.0f} us, "
                     f"p99 {measured[f'{call}_p99_us']:.0f} us)" for call in ("fsync", "fdatasync"))


def own(tree):
    """What every table needs to say."""
    memory_kib = int(Path("/proc/meminfo").read_text().split()[1])
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} cores of {_cpu_model()}, {memory_kib / 2**20:.0f} GiB, Linux {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.2f}",
        "appends of 4 KiB, each synced": _syncs(tree),
        "swarmq": _first_line([tree.programs / "swarmqd", "--version"])}


def describe(tree, rounds, seconds):
    return own(tree) | {
        "rounds": f"{rounds}, of {seconds:g} s a workload; medians, in brackets the least and the most",
        "peers": _packages(),
        "JavaScript": f"node {_first_line(['node', '--version'])}, {_javascript(tree.here / 'javascript')}"}
