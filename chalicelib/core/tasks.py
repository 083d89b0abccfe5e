"""Tasks and task runs as the core knows them (contract rest-api.md §9.2–9.3)."""

from typing import Any

import msgspec

DEFAULT_ANSWERS = 30
MOST_ANSWERS = 1000
LAST_ANSWER = "last_answer"  # member of a handed out task's info: another volunteer's answer


class Task(msgspec.Struct):
    """A task's definition, without what its sheet holds (n_answers, priority_0, state). `gold`: the answer that is
    expected of a gold task, never served to volunteers; `object_key`: the object of the import bucket that it was made
    of (core/media_links.py)."""

    id: int
    project_id: int
    created: str
    info: Any
    quorum: int = 0
    calibration: int = 0
    fav_user_ids: list[int] | None = None
    sheet: str = ""
    digest: str = ""
    gold: Any = None
    object_key: str | None = None


class NewTask(msgspec.Struct):
    """What a caller or an importer asks for; ids and times are the store's."""

    info: Any = None
    n_answers: int = DEFAULT_ANSWERS
    priority_0: float = 0.0
    quorum: int = 0
    calibration: int = 0
    source: str | None = None
    object_key: str | None = None


class TaskRun(msgspec.Struct):
    """One answer. `idem` is the hash of the Idempotency-Key it came with, `vote` what its sheet counts it as,
    `right` whether it gives a gold task's answer."""

    id: int
    project_id: int
    task_id: int
    contributor: str
    user_id: int | None
    user_ip: str | None
    external_uid: str | None
    created: str
    finish_time: str
    info: Any
    timeout: int | None = None
    calibration: int | None = None
    media_url: str | None = None
    idem: str | None = None
    vote: str | None = None
    right: bool | None = None
