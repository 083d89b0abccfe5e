"""Counts of a history while it is being written, and when it is over."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.soak.history import Line, by


class Tally:
    """Counts exchanges by kind and outcome, reading on where it stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self.counts: Counter[tuple[str, str]] = Counter()

    def look(self) -> None:
        for path in self._folder.glob("*.jsonl"):
            with path.open("rb") as file:
                file.seek(self._read.get(path, 0))
                text = file.read()
            whole = text[: text.rfind(b"\n") + 1]
            self._read[path] = self._read.get(path, 0) + len(whole)
            for line in whole.splitlines():
                told = json.loads(line)
                self.counts[told["what"], told["outcome"]] += 1

    def __str__(self) -> str:
        answers = {outcome: self.counts["submit", outcome] for outcome in ("ok", "refused", "unknown")}
        owner = sum(self.counts[what, "ok"] for what in ("redundancy", "priority", "scheduler", "delete run"))
        return (
            f"{answers['ok']} contributions, {answers['refused']} refused, {answers['unknown']} unknown; "
            f"{self.counts['newtask', 'ok']} asked; owner {owner} changes, {self.counts['import', 'ok']} files; "
            f"{self.counts['webhook', 'ok']} webhooks; {self.counts['disaster', 'ok']} disasters"
        )


def injected(folder: Path) -> Counter[str]:
    """Faults that the proxies put in, by kind."""
    total: Counter[str] = Counter()
    for path in folder.glob("faults.*.json"):
        total.update(json.loads(path.read_text() or "{}"))
    return total


Rows = list[tuple[str, str]]


def summary(lines: list[Line], evidence: dict[str, Any], faults: Counter[str], violations: int) -> Rows:
    """Rows of the table at the end."""
    submitted = by(lines, "submit")
    outcomes = Counter(line.outcome for line in submitted)
    return [
        ("contributions acknowledged", str(outcomes["ok"])),
        ("of them distinct runs", str(len({line.answer for line in submitted if line.took_effect}))),
        *((f"refused: {reason}", str(count)) for reason, count in refusals(submitted).most_common()),
        ("unknown outcomes", str(outcomes["unknown"])),
        ("tasks handed out", str(sum(len(line.answer) for line in by(lines, "newtask") if _many(line)))),
        *((f"owner: {what}", _outcomes(by(lines, what))) for what in OWNER),
        ("webhook deliveries", _statuses(by(lines, "webhook"))),
        *((kind, str(count)) for kind, count in Counter(_kind(line) for line in by(lines, "disaster")).items()),
        *((f"fault at the {kind}", str(count)) for kind, count in sorted(faults.items())),
        ("statistics fresh after", _durations(by(lines, "fresh"))),
        ("  while no disaster happened", _durations(_undisturbed(lines))),
        ("messages in dead-letter queues", json.dumps(evidence["dead"])),
        ("projects, tasks, runs, results", _sizes(evidence)),
        ("violations", str(violations)),
    ]


OWNER = ("add task", "import", "redundancy", "priority", "scheduler", "delete run", "withdraw", "delete task")


def refusals(submitted: list[Line]) -> Counter[str]:
    return Counter(f"{line.status} {_reason(line)}" for line in submitted if line.outcome == "refused")


def _reason(line: Line) -> str:
    return str(line.answer.get("exception_msg", line.answer) if isinstance(line.answer, dict) else line.answer)[:60]


def _many(line: Line) -> bool:
    return line.took_effect and isinstance(line.answer, list)


def _outcomes(lines: list[Line]) -> str:
    counts = Counter(line.outcome for line in lines)
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("ok", "refused", "unknown"))


def _statuses(lines: list[Line]) -> str:
    counts = Counter("hung up" if line.status == 0 else str(line.status) for line in lines)
    return ", ".join(f"{count} answered {status}" for status, count in sorted(counts.items())) or "none"


def _kind(line: Line) -> str:
    return str(line.request["kind"])


def _undisturbed(lines: list[Line]) -> list[Line]:
    """Measurements of freshness that no disaster came into."""
    disasters = by(lines, "disaster")
    return [
        line
        for line in by(lines, "fresh")
        if not any(one.asked < line.answered and line.asked < one.answered for one in disasters)
    ]


def _durations(lines: list[Line]) -> str:
    taken = sorted(line.answered - line.asked for line in lines)
    if not taken:
        return "not measured"
    return f"median {taken[len(taken) // 2]:.1f} s, longest {taken[-1]:.1f} s, {len(taken)} times"


def _sizes(evidence: dict[str, Any]) -> str:
    found = evidence["projects"].values()
    counts = [sum(len(one[what]) for one in found) for what in ("tasks", "runs", "results")]
    return ", ".join(map(str, [len(found), *counts]))
