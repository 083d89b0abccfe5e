"""Who may do what (contract rest-api.md §9); everything that is not allowed here is refused.

Each function answers yes or no; `refuse` turns a no into the error of the caller's kind.
"""

from typing import NoReturn, Protocol

from chalicelib.core.callers import Caller
from chalicelib.core.errors import ContractError, Forbidden, Unauthorized


class Owned(Protocol):
    """A project or its card."""

    @property
    def id(self) -> int: ...
    @property
    def owner_id(self) -> int: ...
    @property
    def owners_ids(self) -> list[int]: ...
    @property
    def published(self) -> bool: ...


class Written(Protocol):
    """An announcement or a blog post."""

    @property
    def user_id(self) -> int | None: ...
    @property
    def published(self) -> bool: ...


class Contributed(Protocol):
    """A task run."""

    @property
    def user_id(self) -> int | None: ...


def refusal(caller: Caller) -> ContractError:
    """401 for an anonymous caller, 403 for a signed-in one (§6.2)."""
    if caller.user is None:
        return Unauthorized("Sign in or send your API key: this needs an account that may do it.")
    return Forbidden("Your account may not do this.")


def refuse(caller: Caller) -> NoReturn:
    raise refusal(caller)


def owns(caller: Caller, project: Owned) -> bool:
    """Main owner or co-owner, acting as such and not through a presenter."""
    return caller.only_project is None and caller.user_id is not None and caller.user_id in project.owners_ids


def may_read_project(caller: Caller, project: Owned) -> bool:
    """Published: everyone. Draft: owners and administrators (§9.1), and its own presenter while they test it."""
    return project.published or owns(caller, project) or caller.admin or caller.only_project == project.id


def may_update_project(caller: Caller, project: Owned) -> bool:
    """Owners, co-owners, administrators: also for its tasks, results and imports (§9.1, §9.2, §9.4)."""
    return owns(caller, project) or caller.admin


def may_create_project(caller: Caller) -> bool:
    return caller.user is not None and caller.only_project is None


def may_give_away(caller: Caller, project: Owned) -> bool:
    """Changing `owner_id`: the main owner or an administrator (§17.1)."""
    return caller.admin or (caller.only_project is None and caller.user_id == project.owner_id)


def may_keep_materials(caller: Caller, project: Owned) -> bool:
    """Helping materials, pages and new blog posts: the main owner or an administrator, not co-owners (§9.8–9.10)."""
    return may_give_away(caller, project)


def may_read_material(caller: Caller, project: Owned) -> bool:
    return project.published or may_keep_materials(caller, project) or caller.only_project == project.id


def may_read_post(caller: Caller, project: Owned, post: Written) -> bool:
    """Blog posts: keepers and the author read all; others the published ones of published projects (§9.8, §17.4)."""
    return may_update_project(caller, project) or _wrote(caller, post) or (project.published and post.published)


def may_change_post(caller: Caller, post: Written) -> bool:
    """Its author or an administrator (§9.8)."""
    return caller.admin or _wrote(caller, post)


def _wrote(caller: Caller, post: Written) -> bool:
    return caller.only_project is None and caller.user_id is not None and caller.user_id == post.user_id


def may_read_announcement(caller: Caller, announcement: Written) -> bool:
    """Unpublished ones are for administrators (§9.7, §17.4)."""
    return announcement.published or caller.admin


def may_change_run(caller: Caller, run: Contributed) -> bool:
    """Its contributor or an administrator; runs without an account: administrators (§9.3)."""
    return caller.admin or (run.user_id is not None and caller.only_project is None and run.user_id == caller.user_id)


def sees_contributors(caller: Caller, project: Owned, run: Contributed) -> bool:
    """Whether `user_ip` and `external_uid` are shown (design §3, run identifiers)."""
    return may_update_project(caller, project) or (run.user_id is not None and run.user_id == caller.user_id)


def may_import_daily(caller: Caller, pro_only: bool) -> bool:
    """`PRO_FEATURES.autoimporter` (settings.md §3): if for pro accounts only, also administrators."""
    return not pro_only or caller.admin or (caller.user is not None and caller.user.pro)


def may_administer(caller: Caller) -> bool:
    """Categories, announcements and the site's own things (§9.5, §9.7)."""
    return caller.admin


def within_reach(caller: Caller, project_id: int) -> bool:
    """A presenter's token is good for its own project only (design §6)."""
    return caller.only_project is None or caller.only_project == project_id
