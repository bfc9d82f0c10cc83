"""A swarmqd of its own, what it uses, and the programs that put work on it."""
import contextlib
import json
import shutil
import signal
import tempfile
import time
from pathlib import Path

from runner import process
from runner.servers import Swarmq

PAYLOAD_BYTES = 256
LONGEST_SECONDS = 900


class Broker(Swarmq):
    def address(self):
        return f"127.0.0.1:{self.port}"

    def bench(self, workload, **options):
        """`swarm bench`; an option that is True is a flag. Its figures."""
        return json.loads(process.run(self.bench_command(workload, options), LONGEST_SECONDS))

    def bench_command(self, workload, options):
        words = []
        for name, value in ({"payload": PAYLOAD_BYTES, "keep": True} | options).items():
            words += [f"--{name}"] if value is True else [f"--{name}", value]
        return [self.tree.programs / "swarm", "--server", self.address(), "bench", workload, "--json", *words]

    def fill(self, jobs, **options):
        return self.bench("enqueue", jobs=jobs, seconds=LONGEST_SECONDS, batch=1000, window=8, **options)

    def submit(self):
        process.run([self.tree.programs / "swarm", "--server", self.address(), "queue", "submit", "probe", "{}"], 60)

    def resident_mib(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise process.Failure("the daemon is gone")

    def restart_seconds(self):
        """`kill -9`, then from the new start to the first acknowledged add."""
        process.stop(self.process, signal.SIGKILL)
        begin = time.monotonic()
        self.process = process.start(self.command(), self.log)
        process.wait_listening(self.process, self.port, self.log, LONGEST_SECONDS)
        self.submit()
        return time.monotonic() - begin


@contextlib.contextmanager
def fresh_broker(tree, durability):
    folder = tempfile.mkdtemp(prefix="broker-", dir=tree.data)
    broker = Broker(folder, durability, tree)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)
