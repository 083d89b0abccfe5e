"""Accounts (contract rest-api.md §9.6): one's own record whole, others by the privacy they chose."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NoReturn

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.endpoints import Endpoint
from chalicelib.api.scopes import walk
from chalicelib.core.accounts import identity_errors
from chalicelib.core.bodies import check_values
from chalicelib.core.documents import check_size
from chalicelib.core.errors import BadRequest, DataFault, MethodNotAllowed
from chalicelib.core.filters import Row
from chalicelib.core.listing import Candidates
from chalicelib.core.permissions import refuse
from chalicelib.core.queries import Query
from chalicelib.core.resources import USER
from chalicelib.core.users import User

OTHERS = ("name", "locale")
OTHERS_OPEN = ("name", "locale", "fullname", "created")
OWN = (
    "created",
    "name",
    "fullname",
    "info",
    "n_answers",
    "registered_ago",
    "rank",
    "score",
    "locale",
    "id",
    "email_addr",
)
COMPUTED = ("n_answers", "registered_ago", "rank", "score")
CHANGEABLE = frozenset({"fullname", "locale", "info", "privacy_mode", "subscribed", "user_pref"})
BY_ADMINISTRATORS = CHANGEABLE | {"name", "email_addr", "pro", "admin", "restrict"}


class UserEndpoint(Endpoint[User]):
    """`/api/user`."""

    resource = USER

    def get(self, call: Call, item_id: int) -> User | None:
        return call.services.users.get(item_id)

    def candidates(self, call: Call, query: Query) -> Candidates[User]:
        """Rows of which the caller sees no id come in the order of ids all the same."""
        name = query.text("name")
        if name is not None:
            found = call.services.users.by_name(name)
            wanted = [found] if found is not None and found.id > (query.last_id or 0) else []
            pages: Iterator[Sequence[User]] = iter([wanted])
        else:
            pages = walk(call, query, lambda last, size: call.services.users.after(last or 0, size))
        return Candidates(([one for one in page if not one.restrict] for page in pages), not query.descending)

    def may_read(self, call: Call, item: User) -> bool:
        return not item.restrict or _is_self(call, item)

    def row(self, item: User) -> dict[str, Any]:
        return {name: None if name in COMPUTED else getattr(item, name) for name in USER.by_name}

    def visible(self, call: Call, item: User) -> Row:
        """What filters and order may look at is what the caller may read (§17.4)."""
        row = self.row(item)
        if _is_self(call, item) or call.caller.admin:
            return row
        return {name: row[name] for name in (OTHERS if item.privacy_mode else OTHERS_OPEN)}

    def shown(self, call: Call, item: User) -> dict[str, Any]:
        row = self.visible(call, item)
        return {name: row[name] for name in OWN if name in row} if "id" in row else dict(row)

    def check_update(self, call: Call, item: User) -> None:
        if not (_is_self(call, item) or call.caller.admin):
            refuse(call.caller)

    def update(self, call: Call, item: User, given: dict[str, Any]) -> User:
        row, open_keys = self.row(item), BY_ADMINISTRATORS if call.caller.admin else CHANGEABLE
        values = check_values(USER, {key: value for key, value in given.items() if not _same(value, row[key])})
        if not values.keys() <= open_keys:
            raise BadRequest("Reserved keys in payload")
        if None in values.values():
            raise DataFault("No field of an account can be null.")
        changed = msgspec.structs.replace(item, **values)
        _check_identity(changed, values.keys())
        check_size(self.row(changed))
        call.services.users.change(item, changed)
        return changed

    def answer_to_write(self, call: Call, item: User) -> dict[str, Any]:
        row = self.row(item)
        return {name: row[name] for name in OWN}


def refused(call: Call, **captured: str) -> NoReturn:
    """POST and DELETE: accounts are made on the site (§9.6)."""
    raise MethodNotAllowed("405 Method Not Allowed: accounts are made and removed on the site, not by the API")


def _check_identity(changed: User, given: Collection[str]) -> None:
    """A name stands in the address of the account's page, and an address is what its owner signs in with. Raises
    DataFault for one that the forms would refuse (contract web.md §1.14)."""
    wrong = identity_errors(changed.fullname, changed.name, changed.email_addr)
    for field in ("name", "email_addr"):
        if field in given and field in wrong:
            raise DataFault(f"{field}: {wrong[field][0]}")


def _same(one: Any, other: Any) -> bool:
    """1 is not true here."""
    return type(one) is type(other) and bool(one == other)


def _is_self(call: Call, item: User) -> bool:
    return call.caller.only_project is None and call.caller.user_id == item.id
