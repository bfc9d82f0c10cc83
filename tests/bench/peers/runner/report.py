"""The tables as Markdown, and everything as JSON."""
from .measure import FLOOR

UNITS = {"jobs_per_s": "jobs/s", "p50_ms": "ms", "p99_ms": "ms", "cpu_s_per_million": "s"}


def number(value):
    if value >= 10_000:
        return f"{value / 1000:,.0f} k"
    if value >= 1_000:
        return f"{value / 1000:.1f} k"
    return f"{value:.3g}"


def cell_text(cell):
    if cell.value is None:
        return f"— ({cell.error.replace('|', '/')})"
    failed = f", {cell.failed_rounds} rounds failed" if cell.failed_rounds else ""
    return f"{number(cell.value)} ({number(cell.low)}–{number(cell.high)}){failed}"


def verdict_text(verdict):
    if verdict.is_met is None:
        return f"{verdict.goal}: cannot be told"
    return f"{verdict.goal}: **{'met' if verdict.is_met else 'missed'}**, {verdict.ratio:.3g}x"


def markdown_table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def class_table(summary, peers, durability, rows):
    body = []
    for row in rows:
        best = summary.best_peer(peers, durability, row)
        share = summary.floor_share(durability, row)
        body.append([
            f"{row['title']} ({UNITS[row['value']]})",
            *[cell_text(summary.cell(peer, durability, row)) for peer in peers],
            best or "—",
            "<br>".join(verdict_text(v) for v in summary.verdicts(peers, durability, row)),
            cell_text(summary.cell(FLOOR, durability, row)),
            f"{share:.0%}" if share else "—"])
    return markdown_table(["workload", *peers, "best peer", "goal", "floor", "share"], body)


TITLES = {"D1": "D1: what is acknowledged survives a power cut", "D2": "D2: it survives `kill -9` of the server"}


def markdown(summary, peers, classes, rows, machine):
    lines = ["# swarmq and its peers", "", *[f"- {name}: {value}" for name, value in machine.items()], ""]
    for durability in classes:
        lines += [f"## {TITLES[durability]}", "", *class_table(summary, peers, durability, rows), ""]
    verdicts = [v for c in classes for row in rows for v in summary.verdicts(peers, c, row)]
    met = sum(1 for v in verdicts if v.is_met)
    missed = sum(1 for v in verdicts if v.is_met is False)
    lines.append(f"{met} goals met, {missed} missed, {len(verdicts) - met - missed} cannot be told.")
    return "\n".join(lines) + "\n"


def as_json(summary, peers, classes, rows, machine):
    table = []
    for durability in classes:
        for row in rows:
            table.append({
                "class": durability, "title": row["title"], "workload": row["workload"], "value": row["value"],
                "cells": {peer: vars(summary.cell(peer, durability, row)) for peer in [*peers, FLOOR]},
                "best_peer": summary.best_peer(peers, durability, row),
                "goals": [vars(v) for v in summary.verdicts(peers, durability, row)],
                "floor_share": summary.floor_share(durability, row)})
    return {"machine": machine, "table": table, "runs": summary.records}
