"""R15: what one import made, or one volunteer answered, is withdrawn whole and once, whatever dies in between, and
redundancy, results and statistics follow. On the real stores."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.redundancy import set_queue
from chalicelib.core.withdrawals import Withdrawal
from chalicelib.core.withdrawing import PAGE
from chalicelib.store.audit import AuditStore
from chalicelib.store.queue import QueueStore
from chalicelib.store.results import ResultStore
from tests.fakes.heart import key_of
from tests.fakes.withdrawing import Withdrawing
from tests.meter.meter import Meter
from tests.reliability.faults import crash

pytestmark = pytest.mark.usefixtures("connected")


def outcome(one: Withdrawal) -> tuple[str, int, int, int]:
    return one.state, one.seen, one.withdrawn, one.left


def assert_sheets_tell_the_truth(it: Withdrawing) -> None:
    """Of runs, listing and counts; and no sheet of the project is without its task."""
    tasks = {task.id: task for task in it.tasks}
    assert it.importing.task_count == len(tasks)
    for task in tasks.values():
        sheet, runs = it.heart.sheet(task), it.heart.answers.of_task(it.heart.sheet(task))
        assert sheet.run_ids == [run.id for run in runs]
        assert sheet.ans == len(runs)
        assert (sheet.open is None) == sheet.closed
    listed = [entry.task for page in QueueStore(0).pages(it.heart.queue_name) for entry in page]
    assert sorted(listed) == sorted(task.id for task in tasks.values() if not it.heart.sheet(task).closed)


# --- a volunteer's runs ---------------------------------------------------------------------------------------------


def test_a_volunteers_runs_go_and_redundancy_results_and_statistics_follow() -> None:
    it = Withdrawing()
    it.imports(5)
    it.tell_of_new_tasks()
    it.watched(lambda: it.answer_all("spam", "good"))
    it.follow()
    first = {result.task_id: result for result in ResultStore().after(it.heart.project, 0, 100)}
    assert len(first) == 5

    ended = it.watched(lambda: it.to_the_end(it.ask_volunteer("spam")))
    it.follow()
    assert outcome(ended) == ("finished", 5, 5, 0)
    assert_sheets_tell_the_truth(it)
    assert [(sheet.ans, sheet.gen) for sheet in map(it.heart.sheet, it.tasks)] == [(1, 1)] * 5
    assert ResultStore().after(it.heart.project, 0, 100) == [], "no last version rests on what was withdrawn"
    assert it.heart.participations.get(key_of("spam"), it.heart.project).runs == 0
    assert it.heart.participations.get(key_of("good"), it.heart.project).runs == 5
    tally = it.statistics.of_project(it.heart.project)
    assert (tally.tasks, tally.runs, tally.completed, tally.count("user", "ip", "browser", "external")) == (5, 5, 0, 1)
    it.recount()
    assert it.statistics.of_project(it.heart.project) == tally

    it.watched(lambda: it.answer_all("other"))
    it.follow()
    second = ResultStore().after(it.heart.project, 0, 100)
    assert [(result.gen, len(result.task_run_ids)) for result in second] == [(1, 2)] * 5
    gone = {run for result in first.values() for run in result.task_run_ids} - {
        run for result in second for run in result.task_run_ids
    }
    assert len(gone) == 5


def test_a_run_beyond_redundancy_leaves_a_complete_task_with_a_new_version_of_its_result() -> None:
    it = Withdrawing()
    it.imports(1, n=3)
    it.watched(lambda: it.answer_all("a", "b", "c"))
    (task,) = it.tasks
    it.watched(lambda: it.heart.set_redundancy(task, 2))
    it.follow()
    it.watched(lambda: it.to_the_end(it.ask_volunteer("b")))
    it.follow()
    (result,) = ResultStore().after(it.heart.project, 0, 10)
    sheet = it.heart.sheet(task)
    assert (result.gen, result.task_run_ids) == (1, sheet.run_ids)
    assert (sheet.ans, sheet.completed, sheet.open) == (2, True, None)


def test_runs_that_are_made_after_a_withdrawal_was_asked_for_stay() -> None:
    it = Withdrawing()
    it.imports(6, n=1)
    for _ in range(3):
        it.heart.answer_next("ann")
    asked = it.ask_volunteer("ann")
    it.heart.clock.jump(1)
    later = [it.heart.answer_next("ann") for _ in range(2)]
    assert outcome(it.to_the_end(asked)) == ("finished", 3, 3, 0)
    runs = it.heart.answers.of_contributor(it.heart.project, key_of("ann"), 0, 100)
    assert [run.id for run in runs] == [run.id for run in later if run is not None]


def test_several_contributors_behind_one_name_are_gone_through_one_after_the_other() -> None:
    it = Withdrawing()
    it.imports(4, n=3)
    it.answer_all("ann", "bob", "cid")
    assert outcome(it.to_the_end(it.ask_volunteer("ann", "nobody", "cid"))) == ("finished", 8, 8, 0)
    assert [sheet.ans for sheet in map(it.heart.sheet, it.tasks)] == [1] * 4


def test_files_go_before_the_runs_that_name_them() -> None:
    it = Withdrawing()
    it.imports(1)
    run = it.heart.answer_next("ann")
    assert run is not None
    key = f"anonymous/taskrun-{run.id}-0123456789abcdef/a.png"
    it.heart.answers.change(run, run.info, f"https://site/uploads/{key}")
    it.to_the_end(it.ask_volunteer("ann"))
    assert it.files == [key]


@pytest.mark.parametrize("applied", [False, True], ids=["before", "behind"])
def test_a_crash_at_any_write_and_the_message_again_withdraw_each_run_once(connected: Any, applied: bool) -> None:
    deaths = 0
    for write in range(14):
        it = Withdrawing()
        it.imports(4)
        it.answer_all("spam", "good")
        asked = it.ask_volunteer("spam")
        lived = False
        with crash(connected.client, write, applied):
            it.run(asked)
            lived = True
        deaths += not lived
        assert outcome(it.to_the_end(asked)) == ("finished", 4, 4, 0)
        assert_sheets_tell_the_truth(it)
        assert [sheet.ans for sheet in map(it.heart.sheet, it.tasks)] == [1] * 4
        assert it.heart.participations.get(key_of("spam"), it.heart.project).runs == 0
    assert deaths >= 6, "the fault layer met fewer writes than the withdrawal makes"


def at_once(*actions: Callable[[], Any]) -> None:
    gate = threading.Barrier(len(actions))
    failures: list[BaseException] = []

    def act(action: Callable[[], Any]) -> None:
        gate.wait()
        try:
            action()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize("seed", range(3))
def test_handlers_withdrawals_volunteers_and_a_walk_at_once(seed: int) -> None:
    it = Withdrawing()
    record = it.imports(12, n=2)
    it.answer_all("spam", "good")
    it.settled()
    one, two = it.ask_volunteer("spam"), it.ask_volunteer("spam", "good")
    gone = it.ask_import(record)
    elsewhere = f"{it.heart.project}:b"

    def walk() -> None:
        for task in it.tasks:
            set_queue(it.heart.sheets, task.sheet, it.heart.queue_name if seed else elsewhere)

    at_once(
        lambda: it.run(one),
        lambda: it.run(one),
        lambda: it.run(two),
        lambda: it.answer_all(f"eager{seed}"),
        lambda: it.run(gone),
        walk,
    )
    ended = [it.to_the_end(asked) for asked in (one, two, gone)]
    assert all(now.state == "finished" for now in ended)
    for who in ("spam", "good"):
        assert it.heart.answers.of_contributor(it.heart.project, key_of(who), 0, 100) == []
        assert it.heart.participations.get(key_of(who), it.heart.project).runs == 0
    assert it.importing.task_count == len(it.tasks)
    for task in it.tasks:
        sheet = it.heart.sheet(task)
        assert sheet.ans == len(it.heart.answers.of_task(sheet)) == len(sheet.run_ids)
        assert (sheet.open is None) == sheet.closed


def test_a_handler_without_time_hands_over_after_a_page_and_a_cancelled_one_ends() -> None:
    it = Withdrawing()
    it.imports(2 * PAGE + 5, n=1)
    it.answer_all("ann")
    asked = it.ask_volunteer("ann")
    it.messages.clear()
    assert outcome(it.run(asked, 0.0)) == ("running", PAGE, PAGE, 0)
    assert it.messages == [(it.heart.project, asked.id, 0)]
    cancelled = it.withdrawals.cancel(asked.project_id, asked.id)
    assert cancelled is not None
    assert outcome(it.run(asked)) == outcome(cancelled) == ("cancelled", PAGE, PAGE, 0)
    assert it.heart.participations.get(key_of("ann"), it.heart.project).runs == PAGE + 5


def test_asking_leaves_an_entry_in_the_audit_log() -> None:
    it = Withdrawing()
    record = it.imports(1)
    it.ask_volunteer("ann")
    it.ask_import(record, force=True)
    entries = AuditStore(int).before(it.heart.project, None, 10)
    told = [(entry.author.name, [(one.attribute, one.new) for one in entry.changes]) for entry in entries]
    assert told == [
        ("owner", [("withdrawal", f"Import {record.id}, with task runs")]),
        ("owner", [("withdrawal", "Volunteer user_ip 10.1.2.3")]),
    ]


# --- an import's tasks ----------------------------------------------------------------------------------------------


def test_an_imports_tasks_go_those_with_runs_only_by_force_and_others_stay() -> None:
    it = Withdrawing()
    other, record = it.imports(3), it.imports(PAGE + 20, first=2)
    assert (record.tasks_made, record.duplicates) == (PAGE + 19, 1)
    it.tell_of_new_tasks()
    ann = it.watched(lambda: [it.heart.answer_next("ann") for _ in range(5)])
    it.follow()
    ended = it.watched(lambda: it.to_the_end(it.ask_import(record)))
    it.follow()
    assert outcome(ended) == ("finished", PAGE + 19, PAGE + 17, 2)
    assert [task.id for task in it.tasks] == [run.task_id for run in ann]
    assert_sheets_tell_the_truth(it)
    ended = it.watched(lambda: it.to_the_end(it.ask_import(record, force=True)))
    it.follow()
    assert outcome(ended) == ("finished", 2, 2, 0)
    assert [sheet.src for sheet in map(it.heart.sheet, it.tasks)] == [f"{other.id}:{row}" for row in (1, 2, 3)]
    assert it.importing.task_count == 3
    assert it.heart.participations.get(key_of("ann"), it.heart.project).runs == 3
    tally = it.statistics.of_project(it.heart.project)
    assert (tally.tasks, tally.runs) == (3, 3)
    it.recount()
    assert it.statistics.of_project(it.heart.project) == tally


def test_analysed_results_of_withdrawn_tasks_are_counted_no_more() -> None:
    it = Withdrawing()
    record = it.imports(2, n=1)
    it.tell_of_new_tasks()
    it.watched(lambda: it.answer_all("ann"))
    it.follow()
    for result in ResultStore().after(it.heart.project, 0, 10):
        ResultStore().set_info(result.id, "a bird")
        it.statistics.analysed(it.heart.project, result.task_id, result.gen, True)
    assert it.statistics.of_project(it.heart.project).analysed == 2
    it.watched(lambda: it.to_the_end(it.ask_import(record, force=True)))
    it.follow()
    tally = it.statistics.of_project(it.heart.project)
    assert (tally.tasks, tally.analysed) == (0, 0)
    it.recount()
    assert it.statistics.of_project(it.heart.project) == tally


def test_the_objects_event_brings_nothing_back_and_importing_the_file_anew_does() -> None:
    it = Withdrawing()
    data = b"url,n_answers\na,1\nb,1\n"
    event = it.importing.upload("t.csv", data)
    record = it.importing.deliver(event)
    it.to_the_end(it.ask_import(record))
    assert it.importing.deliver(event).state == "withdrawn"
    assert it.tasks == []
    again = it.importing.deliver(it.importing.upload("t.csv", data))
    assert (again.state, again.tasks_made, again.duplicates) == ("finished", 2, 0)
    assert it.importing.task_count == len(it.tasks) == 2


@pytest.mark.parametrize("applied", [False, True], ids=["before", "behind"])
@pytest.mark.parametrize("force", [False, True])
def test_a_crash_at_any_write_and_the_message_again_withdraw_each_task_once(
    connected: Any, applied: bool, force: bool
) -> None:
    deaths = 0
    for write in range(9):
        it = Withdrawing()
        record = it.imports(5)
        [it.heart.answer_next("ann") for _ in range(2)]
        it.settled()
        asked = it.ask_import(record, force)
        lived = False
        with crash(connected.client, write, applied):
            it.run(asked)
            lived = True
        deaths += not lived
        assert outcome(it.to_the_end(asked)) == ("finished", 5, 5 if force else 3, 0 if force else 2)
        assert_sheets_tell_the_truth(it)
        assert len(it.tasks) == (0 if force else 2)
    assert deaths >= 5, "the fault layer met fewer writes than the withdrawal makes"


@pytest.mark.parametrize("applied", [False, True], ids=["before", "behind"])
def test_an_import_that_died_anywhere_is_stopped_and_leaves_nothing(connected: Any, applied: bool) -> None:
    """Also no sheet without its task, and no task uncounted."""
    deaths = 0
    for write in range(24):
        it = Withdrawing(slice_rows=5)
        event = it.importing.upload("t.csv", "url\n{}\n".format("\n".join("abcdefghijkl")).encode())
        lived = False
        with crash(connected.client, write, applied):
            it.importing.deliver(event)
            lived = True
        deaths += not lived
        it.importing.queue.clear()
        found = it.importing.imports.after(it.heart.project, 0, 10)
        if not found:
            continue
        ended = it.to_the_end(it.ask_import(found[0]))
        assert (ended.state, ended.left) == ("finished", 0)
        assert it.importing.record(found[0].id).state == "withdrawn"
        it.importing.deliver(event)
        assert it.tasks == []
        assert it.importing.task_count == 0
        assert [entry for page in QueueStore(0).pages(it.heart.queue_name) for entry in page] == []
    assert deaths > 12


def test_nothing_is_removed_while_an_overtaken_handler_may_still_make_tasks() -> None:
    """A handler that hangs in a slice which another one ended would put a removed task's sheet again."""
    it = Withdrawing()
    record = it.imports(3)
    it.heart.clock.now = time.time()
    asked = it.ask_import(record)
    it.messages.clear()
    assert it.run(asked).state == "waiting"
    assert it.messages[0][2] > 100
    assert len(it.tasks) == 3
    it.settled()
    assert outcome(it.run(asked)) == ("finished", 3, 3, 0)


def test_a_task_of_many_runs_goes_with_all_of_them() -> None:
    it = Withdrawing()
    record = it.imports(1, n=70)
    names = [f"v{number}" for number in range(70)]
    it.answer_all(*names)
    assert outcome(it.to_the_end(it.ask_import(record, force=True))) == ("finished", 1, 1, 0)
    runs = [it.heart.answers.of_contributor(it.heart.project, key_of(name), 0, 10) for name in names]
    assert runs == [[]] * 70
    assert {it.heart.participations.get(key_of(name), it.heart.project).runs for name in names} == {0}


# --- cost ----------------------------------------------------------------------------------------------------------


def test_a_withdrawn_run_and_a_withdrawn_task_stay_under_their_ceilings(meter: Meter) -> None:
    it = Withdrawing()
    record = it.imports(PAGE, n=2)
    it.answer_all("spam")
    asked = it.ask_volunteer("spam")
    with meter as bill:
        it.run(asked)
    assert bill.write <= 12 * PAGE, bill
    assert bill.read <= 3 * PAGE, bill
    it.settled()
    asked = it.ask_import(record)
    with meter as bill:
        assert it.run(asked).withdrawn == PAGE
    assert bill.write <= 6 * PAGE, bill
    assert bill.read <= 3 * PAGE, bill
