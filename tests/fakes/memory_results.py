"""Result versions in memory; `tests/reliability/test_stores_agree.py` holds them to the real ones."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from chalicelib.core.results import Completion, Orphans, Result
from tests.fakes.memory import Memory

Key = tuple[int, int]


class MemoryResults:
    """Over the results of a memory: versions without an id are those that never came, yet are superseded."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def add(self, completion: Completion, result_id: int, created: str) -> Result | None:
        key = completion.task_id, completion.gen
        with self._memory.lock:
            self.supersede(*key)
            if key in self._memory.removed:
                return None
            known = self._memory.results.get(key)
            if known is None or not known.id:
                last, runs, (task, gen) = known is None, list(completion.run_ids), key
                known = Result(result_id, created, completion.project_id, task, runs, last, None, gen)
                self._memory.results[key] = known
            return known

    def supersede(self, task_id: int, gen: int) -> None:
        with self._memory.lock:
            for former in range(gen):
                self._supersede((task_id, former))

    def _supersede(self, key: Key) -> None:
        task, gen = key
        known = self._memory.results.get(key) or Result(0, "", 0, task, [], True, None, gen)
        self._memory.results[key] = replace(known, last_version=False)

    def versions(self, keys: Sequence[Key]) -> Mapping[Key, Result]:
        with self._memory.lock:
            found = {key: self._memory.results.get(key) for key in keys}
            return {key: one for key, one in found.items() if one is not None and one.id}

    def all_of_task(self, task_id: int) -> list[Result]:
        with self._memory.lock:
            found = [one for (task, _), one in self._memory.results.items() if task == task_id and one.id]
            return sorted(found, key=lambda one: one.id)

    def of_task(self, task_id: int) -> Result | None:
        return max(self.all_of_task(task_id), key=lambda one: one.gen, default=None)

    def remove(self, orphans: Orphans) -> None:
        with self._memory.lock:
            for gen in range(orphans.generations):
                self._memory.results.pop((orphans.task_id, gen), None)
                self._memory.removed.add((orphans.task_id, gen))
