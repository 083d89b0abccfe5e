"""A project as pages show it."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from chalicelib.core.moments import timestamp
from chalicelib.core.overview import Progress
from chalicelib.core.projects import Project
from chalicelib.web.visits import Visit


@dataclass(frozen=True)
class Card:
    """What a list of projects tells of one; `completed` is None when very many are open.
    `hue` (degrees) and `initial` stand in for a missing picture."""

    id: int
    name: str
    short_name: str
    description: str
    picture: str | None
    hue: int
    initial: str
    tasks: int
    completed: int | None
    has_presenter: bool
    has_tutorial: bool
    anonymous: bool
    runs: int
    volunteers: int
    analysed: int
    last_activity: str | None
    category_id: int
    featured: bool
    updated: str

    @property
    def finished(self) -> bool:
        """Nothing is left to do, or nothing has been put in yet."""
        return self.completed is not None and self.completed >= self.tasks


def card(project: Project, progress: Progress) -> Card:
    return Card(
        id=project.id,
        name=project.name,
        short_name=project.short_name,
        description=project.description,
        picture=_picture(project),
        hue=int.from_bytes(hashlib.sha256(project.short_name.encode()).digest()[:2]) % 360,
        initial=project.name[:1].upper(),
        tasks=progress.tasks,
        completed=progress.completed,
        has_presenter=bool(project.info.get("task_presenter")),
        has_tutorial=bool(project.info.get("tutorial")),
        anonymous=project.allow_anonymous_contributors,
        runs=progress.runs,
        volunteers=progress.volunteers,
        analysed=progress.analysed,
        last_activity=timestamp(progress.last / 1000) if progress.last else None,
        category_id=project.category_id,
        featured=project.featured,
        updated=project.updated,
    )


def _picture(project: Project) -> str | None:
    address = project.info.get("thumbnail_url")
    usable = isinstance(address, str) and address.startswith(("https://", "http://", "/", "data:image/"))
    return address if usable else None


def card_of(visit: Visit, project: Project) -> Card:
    return card(project, visit.site.overview.progress(project.card))


def base_path(project: Project) -> str:
    """The project's place on the site, with a slash at the end."""
    return f"/project/{quote(project.short_name, safe='')}/"
