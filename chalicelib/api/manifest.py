"""A project's results as an augmented manifest of SageMaker Ground Truth (exporters/augmented_manifest.py). Beyond
PYBOSSA, for owners."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from chalicelib.api.answers import Answer
from chalicelib.api.calls import Call, number_in_query
from chalicelib.api.owning import kept_project_id
from chalicelib.core.agreement import opinion
from chalicelib.core.errors import DataFault, NotFound
from chalicelib.core.projects import Card
from chalicelib.core.results import Result
from chalicelib.core.tasks import Task
from chalicelib.exporters.augmented_manifest import Job, NotExportable, manifest_line

LINES = "application/jsonlines"
USUAL_RESULTS, MOST_RESULTS = 20, 50  # of one request; each takes the reading of its runs
MOST_CLASSES = 1000


def manifest(call: Call, identifier: str) -> Answer:
    """`GET /api/project/<id>/manifest?label=…`: a line for each of up to `limit` results with ids above `last_id`. The
    header `Link` names the rest (RFC 8288). `classes`, comma separated, are those of a classification."""
    project_id = kept_project_id(call, identifier)
    card = call.services.projects.card(project_id)
    if card is None:
        raise NotFound(f"there is no project {project_id}")
    job = _job(call, card)
    limit = min(number_in_query(call.query, "limit", USUAL_RESULTS), MOST_RESULTS)
    results = call.services.results.after(project_id, number_in_query(call.query, "last_id", 0), limit)
    body = b"".join(_lines(call, card, job, results)).decode()
    return Answer(body, media_type=LINES, headers=_rest(call, results, limit))


def _job(call: Call, card: Card) -> Job:
    named = call.query.get("classes")
    classes = [one.strip() for one in named.split(",")] if named else []
    job = Job(call.query.get("label", ""), card.short_name, classes[:MOST_CLASSES])
    try:
        job.check()
    except NotExportable as error:
        raise DataFault(str(error)) from error
    return job


def _lines(call: Call, card: Card, job: Job, results: Sequence[Result]) -> Iterator[bytes]:
    """Tasks that are gone, or on which nobody had an opinion, have none."""
    _, tasks = call.services.sheets.read([], [one.task_id for one in results], consistent=False)
    sheets, _ = call.services.sheets.read([task.sheet for task in tasks.values()], [], consistent=False)
    field = card.rules.agreement.field if card.rules.agreement else None
    for result in results:
        call.budget.check()
        task = tasks.get(result.task_id)
        if task is None or task.sheet not in sheets:
            continue
        runs = [run for run in call.services.runs.of_task(sheets[task.sheet]) if run.id in result.task_run_ids]
        answer, share = opinion(field, [run.info for run in runs])
        if answer is not None:
            yield _line(job, task, answer, share, result.created)


def _line(job: Job, task: Task, answer: Any, share: float, completed: str) -> bytes:
    try:
        return manifest_line(job, task.info, answer, share, completed)
    except NotExportable as error:
        raise DataFault(f"Task {task.id}: {error}") from error


def _rest(call: Call, results: Sequence[Result], limit: int) -> dict[str, str]:
    if len(results) < limit or not results:
        return {}
    same = {name: value for name, value in call.query.items() if name not in ("api_key", "last_id")}
    query = urlencode(same | {"last_id": results[-1].id})
    return {"Link": f'<{call.site}{call.path}?{query}>; rel="next"'}
