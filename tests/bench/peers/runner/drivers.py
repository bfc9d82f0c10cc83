"""The command that puts one workload on one peer, and what it printed as one result."""
import json
import shutil

from . import process
from .process import Failure

SLACK_SECONDS = 150  # For the fill of a drain and for a peer that is far slower than expected.
NATIVE = {"beanstalkd": "peer_beanstalkd", "rabbitmq": "peer_rabbitmq", "jetstream": "peer_jetstream"}
JAVASCRIPT = {"bullmq": "bullmq.mjs", "graphile-worker": "graphile.mjs"}
SWARM_WORKLOADS = {"add": "enqueue", "drain": "drain", "steady": "steady", "pickup": "pickup"}


def program_of(peer, tree):
    if peer in JAVASCRIPT:
        if not shutil.which("node"):
            raise Failure("node is not installed (deploy/dependencies peers)")
        return ["node", tree.javascript / JAVASCRIPT[peer]]
    program = tree.drivers / NATIVE[peer]
    if not program.exists():
        raise Failure(f"{program.name} is not built: its library is missing (deploy/dependencies peers)")
    return [program]


def _flags(settings, names):
    return [word for name in names if name in settings for word in (f"--{name}", settings[name])]


def swarmq_command(kind, port, settings, tree):
    command = [tree.programs / "swarm", "--server", f"127.0.0.1:{port}", "bench", SWARM_WORKLOADS[kind],
               "--json", "--keep", *_flags(settings, ("payload", "batch", "window", "concurrency", "connections"))]
    if kind == "drain":
        return [*command, "--jobs", settings["jobs"], "--seconds", 3 * settings["seconds"]]
    return [*command, "--seconds", settings["seconds"]]


def peer_command(peer, kind, port, settings, tree):
    names = ("seconds", "jobs", "payload", "batch", "window", "concurrency", "backlog")
    return [*program_of(peer, tree), kind, "--port", port, *_flags(settings, names)]


def run(peer, kind, server, settings, tree):
    """jobs, seconds, jobs_per_s, p50_ms, p99_ms, cpu_s_per_million of one run."""
    build = swarmq_command if peer == "swarmq" else lambda *rest: peer_command(peer, *rest)
    command = build(kind, server.port, settings, tree)
    cpu_before = server.cpu_seconds()
    printed = json.loads(process.run(command, settings["seconds"] + SLACK_SECONDS).splitlines()[-1])
    return figures(printed, server.cpu_seconds() - cpu_before)


def run_floor(kind, durability, folder, settings, tree):
    """The same figures of a bare echo that does nothing but append and sync."""
    commit = {"D1": "sync", "D2": "write"}[durability]
    pace = ["--pace-us", "5000"] if kind == "pickup" else []
    printed = json.loads(process.run(
        [tree.drivers / "bench_floor", "--dir", folder, "--seconds", settings["seconds"], "echo", "--commit", commit,
         *_flags(settings, ("window", "frame")), *pace], settings["seconds"] + SLACK_SECONDS))
    printed["jobs"] *= settings.get("jobs_per_frame", 1)
    return figures(printed, printed["server_cpu_seconds"])


def figures(printed, cpu):
    jobs = printed["jobs"]
    if jobs < 1:
        raise Failure("no job was done")
    return {
        "jobs": jobs, "seconds": printed["seconds"], "jobs_per_s": jobs / printed["seconds"],
        "p50_ms": printed["p50_us"] / 1e3, "p99_ms": printed["p99_us"] / 1e3,
        "cpu_s_per_million": cpu / jobs * 1e6}
