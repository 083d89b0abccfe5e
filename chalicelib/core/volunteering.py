"""What a volunteer does in a project: ask for tasks, answer them, see how far they are (contract rest-api.md §9.14,
§10, §11)."""

from msgspec.structs import replace

from chalicelib.core.callers import Caller
from chalicelib.core.contributors import Contributor
from chalicelib.core.errors import Forbidden, NotFound, Unauthorized
from chalicelib.core.giving_back import Ended, GivingBack
from chalicelib.core.permissions import refuse, within_reach
from chalicelib.core.projects import Card
from chalicelib.core.queueing import queue_name
from chalicelib.core.recognition import Recognition
from chalicelib.core.repositories import Projects, Runs, Tasks
from chalicelib.core.schedulers import Page, under
from chalicelib.core.scheduling import Scheduling
from chalicelib.core.searching import Handout
from chalicelib.core.seats import Refusal
from chalicelib.core.stores import Participations
from chalicelib.core.submission import ASK_FIRST, Content, Submission
from chalicelib.core.tasks import LAST_ANSWER, TaskRun
from chalicelib.settings import Settings


class AnonymousNotAllowed(Exception):
    """The project wants signed-in volunteers; each route says so in its own way (§10.2, §11.2 step 7)."""


class Volunteering:
    """The volunteers' side of all projects."""

    def __init__(
        self,
        projects: Projects,
        tasks: Tasks,
        participations: Participations,
        recognition: Recognition,
        scheduling: Scheduling,
        submission: Submission,
        runs: Runs,
        settings: Settings,
        giving_back: GivingBack,
    ) -> None:
        self._projects = projects
        self._tasks = tasks
        self._participations = participations
        self._recognition = recognition
        self._scheduling = scheduling
        self._submission = submission
        self._runs = runs
        self._settings = settings
        self._giving_back = giving_back

    def newtask(self, caller: Caller, project_id: int, external_uid: str | None, page: Page) -> list[Handout]:
        """Tasks that the caller now holds a lease of. Raises NotFound, Unauthorized (a bad token of §3.3),
        AnonymousNotAllowed."""
        card = self._card(project_id, caller)
        if external_uid is not None:
            self._check_external(caller, card)
        me = self._admitted(caller, card, external_uid)
        page = under(card.rules.sched, page)
        if page.limit == 0:
            return []
        cap = self._settings.lease_cap
        found = self._scheduling.next_tasks(
            card.id,
            _queue(card),
            me.key,
            self._lease(card),
            cap,
            page.limit,
            page.offset,
            page.order,
            card.rules.gold_rate,
            card.rules.at_least,
        )
        return [self._with_last_answer(one) for one in found] if page.last_answer else found

    def _with_last_answer(self, handout: Handout) -> Handout:
        """Under incremental, `info` tells what the one before answered (§10.5)."""
        task, sheet = handout.task, handout.sheet
        answers = {held: who for who, held in sheet.seats.items() if held < 0}
        if not answers or not isinstance(task.info, dict):
            return handout
        run = self._runs.find(sheet.project, answers[min(answers)], sheet.task)  # the newest has the highest id
        if run is None:
            return handout
        return replace(handout, task=replace(task, info={**task.info, LAST_ANSWER: run.info}))

    def lease(self, caller: Caller, card: Card, task_id: int) -> Handout | Refusal | None:
        """A lease of one given task, for the page `/task/<id>`; None when the project has no such task."""
        task = self._tasks.get(task_id)
        if task is None or task.project_id != card.id:
            return None
        me = self._admitted(caller, card, None)
        return self._scheduling.lease_task(_queue(card), task, me.key, self._lease(card), card.rules.at_least)

    def give_back(
        self, caller: Caller, project_id: int, external_uid: str | None, task_ids: list[int] | None, seconds: int
    ) -> Ended:
        """End the caller's leases, all or those of the given tasks, in so many seconds. Raises NotFound, Unauthorized
        (a bad token of §3.3)."""
        card = self._card(project_id, caller)
        if external_uid is not None:
            self._check_external(caller, card)
        me = self._recognition.contributor(caller, project_id, external_uid)
        return self._giving_back.own(me.key, project_id, task_ids, seconds)

    def signs_out(self, user_id: int) -> None:
        """End the account's leases in all projects, soon: its answers under way are still taken."""
        self._giving_back.everywhere(self._recognition.account_key(user_id))

    def answer(
        self, caller: Caller, project_id: int, task_id: int, content: Content, uid_in_query: str | None, uid: str | None
    ) -> TaskRun:
        """The stored run. `uid` is the body's external_uid, `uid_in_query` names the lease (§11.1, §3.3). Raises
        Forbidden in the contract's words, Unauthorized for a bad token, AnonymousNotAllowed."""
        card, me = self._answering(caller, project_id, uid_in_query, uid)
        rules = card.rules
        return self._submission.submit(
            card.id, task_id, me, content, self._lease(card), rules.agreement, rules.at_least
        )

    def earlier(
        self, caller: Caller, project_id: int, task_id: int, content: Content, uid_in_query: str | None, uid: str | None
    ) -> TaskRun | None:
        """The run that `answer` would give back to a repeat, None when it would store a new one; raises what `answer`
        would raise now."""
        card, me = self._answering(caller, project_id, uid_in_query, uid)
        return self._submission.earlier(card.id, task_id, me, content, card.rules.at_least)

    def new_run_id(self) -> int:
        """The id of a run to come, for `Content.run_id`."""
        return self._submission.new_id()

    def _answering(
        self, caller: Caller, project_id: int, uid_in_query: str | None, uid: str | None
    ) -> tuple[Card, Contributor]:
        """The project, and who answers in it."""
        card = self._card(project_id, caller)
        if uid is not None:
            self._check_external(caller, card)
            if uid != uid_in_query:
                raise Forbidden(ASK_FIRST)
        me = self._admitted(caller, card, uid)
        if uid is None and uid_in_query is not None and caller.bearer is not None:
            me = self._seat_of_external(caller, card, uid_in_query)
        return card, me

    def _seat_of_external(self, caller: Caller, card: Card, uid: str) -> Contributor:
        """Named in the query only: the seat is the external user's, the run is stored with the address (§3.3)."""
        self._check_external(caller, card)
        seated = self._recognition.contributor(caller, card.id, uid)
        return Contributor(seated.key, user_id=caller.user_id, user_ip=None if caller.user else caller.address)

    def progress(self, caller: Caller, project_id: int, external_uid: str | None) -> dict[str, int]:
        """`{"done": own runs, "total": tasks}` (§9.14). Raises NotFound."""
        self._card(project_id, caller)
        uid = external_uid if caller.user is None else None
        me = self._recognition.contributor(caller, project_id, uid)
        done = self._participations.get(me.key, project_id).runs
        return {"done": done, "total": self._tasks.count(project_id)}

    def _card(self, project_id: int, caller: Caller) -> Card:
        card = self._projects.card(project_id)
        if card is None:
            raise NotFound(f"there is no project {project_id}")
        if not within_reach(caller, project_id):
            refuse(caller)
        return card

    def _check_external(self, caller: Caller, card: Card) -> None:
        if caller.bearer is None:
            raise Unauthorized("Missing Authorization header")
        self._recognition.external_claims(caller.bearer, card)

    def _admitted(self, caller: Caller, card: Card, external_uid: str | None) -> Contributor:
        if caller.user is None and not card.allow_anonymous_contributors:
            raise AnonymousNotAllowed()
        return self._recognition.contributor(caller, card.id, external_uid)

    def _lease(self, card: Card) -> int:
        return card.rules.lease_seconds or self._settings.lease_seconds


def _queue(card: Card) -> str:
    return queue_name(card.id, card.rules.sched)
