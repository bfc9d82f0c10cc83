"""A table of figures, and what they say about goals."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Goal:
    text: str
    is_met: bool | None  # None: it could not be measured.
    said: str = ""


@dataclass
class Table:
    title: str
    head: list
    rows: list = field(default_factory=list)
    goals: list = field(default_factory=list)

    def markdown(self):
        lines = [f"## {self.title}", "", "| " + " | ".join(self.head) + " |", "|" + "---|" * len(self.head)]
        lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in self.rows]
        lines += ["", *[f"- {goal.text}: **{word(goal)}** {goal.said}".rstrip() for goal in self.goals], ""]
        return "\n".join(lines)


def word(goal):
    return {None: "not measured", True: "met", False: "missed"}[goal.is_met]


def at_most(text, value, limit, unit=""):
    return Goal(text, value <= limit, f"({value:.4g}{unit})") if value is not None else Goal(text, None)


def at_least(text, value, limit, unit=""):
    return Goal(text, value >= limit, f"({value:.4g}{unit})") if value is not None else Goal(text, None)


def jobs_text(jobs):
    return f"{jobs // 1_000_000} M" if jobs >= 1_000_000 else f"{jobs // 1_000} k" if jobs >= 1_000 else str(jobs)
