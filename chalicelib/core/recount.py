"""Counting a project's statistics anew from its runs: after records of the stream were given up, or for tasks that are
older than the statistics. It may run while volunteers work: what the stream counts meanwhile is newer and stays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.repositories import Sheets, Tasks
from chalicelib.core.seats import Sheet
from chalicelib.core.statistics import Statistics, groups
from chalicelib.core.task_facts import GOLD_FACTS, GONE, Change, facts_of, written
from chalicelib.core.tasks import TaskRun

PAGE = 100


class Runs(Protocol):
    def of_task(self, sheet: Sheet) -> Sequence[TaskRun]: ...


class Results(Protocol):
    def analysed(self, task_id: int) -> list[int]:
        """The generations of a task's result that have an analysis."""


@dataclass(frozen=True)
class Recount:
    """Where everything is read."""

    tasks: Tasks
    sheets: Sheets
    runs: Runs
    results: Results
    statistics: Statistics

    def project(self, project_id: int) -> int:
        """Count one project; how many tasks it has."""
        before, last = set(self.statistics.tasks_of(project_id)), 0
        seen: set[int] = set()
        while changes := self._page(project_id, last):
            for group in groups(changes):
                self.statistics.fold(group, again=True)
            seen.update(change.task_id for change in changes)
            last = max(seen)
        for group in groups(Change(project_id, task, GONE) for task in self._removed(before - seen)):
            self.statistics.fold(group)
        return len(seen)

    def _page(self, project_id: int, last_id: int) -> list[Change]:
        tasks = self.tasks.after(project_id, last_id, PAGE)
        sheets, _ = self.sheets.read([task.sheet for task in tasks], [], consistent=True)
        found = [sheets[task.sheet] for task in tasks if task.sheet in sheets]
        for sheet in found:
            self._analyses(project_id, sheet)
        return [Change(project_id, sheet.task, self._entry(sheet)) for sheet in found]

    def _analyses(self, project_id: int, sheet: Sheet) -> None:
        """Note which results have an analysis, and no other. What is noted is read before the results, and these once
        more after a note is taken away: so an analysis that an owner stores meanwhile stays noted, by them or here."""
        noted = self.statistics.analyses(project_id, sheet.task)
        if not (noted or sheet.completed or sheet.gen):
            return
        stored = set(self.results.analysed(sheet.task))
        for gen in noted - stored:
            self.statistics.analysed(project_id, sheet.task, gen, False)
        missing = stored - noted
        if noted - stored:
            missing |= set(self.results.analysed(sheet.task)) - stored
        for gen in missing:
            self.statistics.analysed(project_id, sheet.task, gen, True)

    def _entry(self, sheet: Sheet) -> str:
        """From the runs: an answer whose run came after the sheet was read has a later version to come."""
        if sheet.gold:
            return written(sheet.ver, GOLD_FACTS)
        runs = self.runs.of_task(sheet)
        return written(sheet.ver, facts_of(sheet.n, ((run.id, run.contributor) for run in runs), sheet.spared))

    def _removed(self, tasks: Iterable[int]) -> list[int]:
        return [task for task in tasks if self.tasks.get(task) is None]
