"""Medians and spread of the rounds, and what they say about the goals."""
from dataclasses import dataclass
from statistics import median

from .measure import FLOOR
from .servers import SERVERS

OWN = "swarmq"


@dataclass(frozen=True)
class Cell:
    """One peer in one row; without values it says why."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    error: str = ""
    failed_rounds: int = 0


@dataclass(frozen=True)
class Verdict:
    goal: str
    ratio: float | None
    is_met: bool | None  # None: nothing to compare with.


def is_higher_better(value_name):
    return value_name == "jobs_per_s"


class Summary:
    def __init__(self, records):
        self.records = records

    def cell(self, peer, durability, row):
        """The best of the peer's settings, judged by medians."""
        server = SERVERS.get(peer)
        measured = server.same_as.get(durability, durability) if server else durability
        mine = [r for r in self.records
                if (r["peer"], r["class"], r["workload"]) == (peer, measured, row["workload"])]
        done = [r for r in mine if not r.get("error")]
        if not done:
            return Cell(error=mine[-1]["error"] if mine else "not measured")
        by_settings = {}
        for record in done:
            by_settings.setdefault(str(record["settings"]), []).append(record)
        # The same settings for all values of a workload: the ones with the highest rate.
        fastest = max(by_settings.values(), key=lambda rs: median(r["jobs_per_s"] for r in rs))
        values = [r[row["value"]] for r in fastest]
        failed = len({r["round"] for r in mine}) - len({r["round"] for r in fastest})
        return Cell(median(values), min(values), max(values), failed_rounds=failed)

    def best_peer(self, peers, durability, row):
        cells = {peer: self.cell(peer, durability, row) for peer in peers if peer != OWN}
        cells = {peer: cell for peer, cell in cells.items() if cell.value is not None}
        if not cells:
            return None
        choose = max if is_higher_better(row["value"]) else min
        return choose(cells, key=lambda peer: cells[peer].value)

    def verdicts(self, peers, durability, row):
        return [self._verdict(peers, durability, row, goal) for goal in row["goals"][durability]]

    def _verdict(self, peers, durability, row, goal):
        limit = goal.get("at_least", goal.get("at_most"))
        sign = ">=" if "at_least" in goal else "<="
        text = f"{sign} {limit:g}x {goal['against']}"
        other = self.best_peer(peers, durability, row) if goal["against"] == "best" else goal["against"]
        own = self.cell(OWN, durability, row).value
        theirs = self.cell(other, durability, row).value if other in peers else None
        if own is None or not theirs:
            return Verdict(text, None, None)
        ratio = own / theirs
        return Verdict(text, ratio, ratio >= limit if "at_least" in goal else ratio <= limit)

    def floor_share(self, durability, row):
        """The part of the machine's own rate that swarmq reaches; of a latency or of CPU the part that is the machine's."""
        own = self.cell(OWN, durability, row).value
        floor = self.cell(FLOOR, durability, row).value
        if not own or not floor:
            return None
        return own / floor if is_higher_better(row["value"]) else floor / own
