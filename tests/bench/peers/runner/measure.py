"""Rounds over all peers and workloads, in turn; a peer that fails gives a cell that says why, and the rest goes on."""
import math
import shutil
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from . import drivers
from .process import Failure
from .servers import SERVERS

FLOOR = "floor"
CLASSES = ("D1", "D2")


@dataclass(frozen=True)
class Tree:
    """Where things are."""

    here: Path  # The folder of the script.
    build: Path
    data: Path  # On the disk that is measured.

    @property
    def programs(self):
        return self.build / "bin"

    @property
    def drivers(self):
        return self.build / "bench_bin"

    @property
    def javascript(self):
        return self.build / "bench_javascript"


class Plan:
    """workloads.toml: which settings each peer gets for each workload."""

    def __init__(self, path):
        content = tomllib.loads(path.read_text())
        self.workloads = content["workloads"]
        self.payload_bytes = content["payload_bytes"]
        self.peers = content["peers"]
        self.floor = content["floor"]

    def kind(self, workload):
        return self.workloads[workload]["kind"]

    def variants(self, peer, durability, workload, seconds):
        base = {"payload": self.payload_bytes, "seconds": seconds}
        base |= {name: value for name, value in self.workloads[workload].items() if name != "kind"}
        own = self.peers[peer]
        if self.kind(workload) == "drain":
            base["jobs"] = math.ceil(own["fill"][durability] * seconds)
        return [base | variant for variant in own.get(workload, [{}])]


class Rounds:
    def __init__(self, plan, tree, seconds, peers, workloads, classes):
        self.plan, self.tree, self.seconds = plan, tree, seconds
        self.peers, self.workloads, self.classes = peers, workloads, classes
        self.records = []

    def run(self, rounds):
        for turn in range(1, rounds + 1):
            for durability in self.classes:
                for workload in self.workloads:
                    self._floor(turn, durability, workload)
                    for peer in self.peers:
                        self._cell(turn, durability, workload, peer)
        return self.records

    def _cell(self, turn, durability, workload, peer):
        missing = SERVERS[peer].missing_class.get(durability)
        if missing:
            self._keep(turn, durability, workload, peer, {}, {"error": missing})
            return
        measured = SERVERS[peer].same_as.get(durability, durability)
        if measured != durability and measured in self.classes:
            return  # Its figures are there.
        for settings in self.plan.variants(peer, measured, workload, self.seconds):
            result = self._guarded(lambda s=settings: self._measure(measured, workload, peer, s))
            self._keep(turn, measured, workload, peer, settings, result)

    def _floor(self, turn, durability, workload):
        settings = {"seconds": self.seconds} | self.plan.floor[workload]

        def measure():
            with tempfile.TemporaryDirectory(dir=self.tree.data) as folder:
                return drivers.run_floor(self.plan.kind(workload), durability, folder, settings, self.tree)

        self._keep(turn, durability, workload, FLOOR, settings, self._guarded(measure))

    def _measure(self, durability, workload, peer, settings):
        folder = tempfile.mkdtemp(prefix=f"{peer}-", dir=self.tree.data)
        server = SERVERS[peer](folder, durability, self.tree)
        try:
            server.start()
            return drivers.run(peer, self.plan.kind(workload), server, settings, self.tree)
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _guarded(measure):
        """Once more after a failure, which may have been of the moment."""
        for is_last in (False, True):
            try:
                return measure()
            except (Failure, OSError, ValueError, KeyError) as failure:
                said = str(failure) or type(failure).__name__
                if is_last:
                    return {"error": said}
                print(f"once more, after: {said}", file=sys.stderr, flush=True)

    def _keep(self, turn, durability, workload, peer, settings, result):
        record = {"round": turn, "class": durability, "workload": workload, "peer": peer, "settings": settings} | result
        self.records.append(record)
        if not record.get("error"):
            said = f"{record['jobs_per_s']:,.0f} jobs/s, p50 {record['p50_ms']:.3f} ms, p99 {record['p99_ms']:.3f} ms"
        else:
            said = record["error"]
        print(f"round {turn} {durability} {workload:14} {peer:16} {said}", file=sys.stderr, flush=True)
