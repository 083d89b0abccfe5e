"""The tasks of imports in the stores in memory: the sheet first, which decides on duplicates, then the task (R7). The
real ones are tested by `tests/reliability/test_import_once.py`; here volunteers meet what a dead import left."""

from collections.abc import Callable, Iterable

from chalicelib.core.queueing import queue_key
from chalicelib.core.seats import FREE, Sheet
from chalicelib.core.tasks import NewTask, Task
from chalicelib.store.tasks import sheet_key
from tests.fakes.heart import define_tasks
from tests.fakes.memory import Memory


class MemoryBatch:
    """Makes tasks of one project; `fault` is called before each write and may end it."""

    def __init__(self, memory: Memory, project: int, queue: str, fault: Callable[[], None]) -> None:
        self._memory = memory
        self._project = project
        self._queue = queue
        self._fault = fault

    def create(self, rows: Iterable[NewTask]) -> None:
        for row in rows:
            self._create(row)

    def _create(self, new: NewTask) -> None:
        (task,) = define_tasks(self._project, [new])
        task.sheet = sheet_key(self._project, task.digest)
        self._fault()
        with self._memory.lock:
            standing = self._memory.sheets.get(task.sheet)
            if standing is None:
                self._memory.sheets[task.sheet] = standing = self._sheet(task, new)
        task.id = standing.task
        self._fault()
        self._memory.tasks.setdefault(task.id, task)

    def _sheet(self, task: Task, new: NewTask) -> Sheet:
        place = queue_key(self._queue, new.priority_0, task.id, 0)
        return Sheet(
            task.sheet, task.id, self._project, new.n_answers, 0, 0, 0, new.priority_0, {}, place, self._queue, FREE
        )
