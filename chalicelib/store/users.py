"""Accounts: unique by name, e-mail address and API key."""

from collections.abc import Callable, Sequence

import orjson
from pynamodb.transactions import TransactWrite

from chalicelib.core.keys import hashed
from chalicelib.core.remembered import Remembered
from chalicelib.core.users import User
from chalicelib.store.conditions import unchanged
from chalicelib.store.names import claim, commit_bearer, owner_of_name, release, rename
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.sequences import last_number, next_number
from chalicelib.store.tables import UserItem

NAME = "user.name"
EMAIL = "user.email"
API_KEY = "user.api_key"
REMEMBER_SECONDS = 5.0  # a key that was reset may work this long in a warm container
PLAIN = (
    "id",
    "created",
    "fullname",
    "email_addr",
    "admin",
    "pro",
    "restrict",
    "privacy_mode",
    "subscribed",
    "locale",
)
TAKEN = "An account with this name or e-mail address exists already."


class UserStore:
    """All accounts. `clock` is monotonic and only times what a container remembers."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._by_key: Remembered[str, User] = Remembered(REMEMBER_SECONDS, clock)

    def next_id(self) -> int:
        return next_number("user")

    def create(self, user: User, api_key: str) -> None:
        """Store it with its names and the hash of its key. Raises IntegrityFault when one of them is taken."""

        def fill(transaction: TransactWrite) -> None:
            claim(transaction, f"{NAME}:{user.name}", user.id)
            claim(transaction, f"{EMAIL}:{user.email_addr.lower()}", user.id)
            claim(transaction, f"{API_KEY}:{hashed(api_key)}", user.id)
            transaction.save(_item(user, hashed(api_key)), condition=UserItem.id.does_not_exist())

        commit_bearer(fill, TAKEN)

    def get(self, user_id: int) -> User | None:
        """The account, read consistently."""
        return next(iter(self._read([user_id], consistent=True)), None)

    def by_name(self, name: str) -> User | None:
        found = owner_of_name(f"{NAME}:{name}")
        return self.get(found) if found is not None else None

    def by_api_key(self, api_key: str) -> User | None:
        """Whose key it is; works right after the account was made."""
        key = f"{API_KEY}:{hashed(api_key)}"
        return self._by_key.get(key, lambda: self._owner_of_key(key))

    def _owner_of_key(self, key: str) -> User | None:
        found = owner_of_name(key)
        return self.get(found) if found is not None else None

    def after(self, last_id: int, limit: int) -> list[User]:
        """Up to `limit` accounts above `last_id`, ascending. Ids are consecutive but for names that were taken, so that
        no index is needed."""
        found: list[User] = []
        last = last_number("user")
        while len(found) < limit and last_id < last:
            found += self._read(range(last_id + 1, min(last_id + limit, last) + 1), consistent=False)
            last_id += limit
        return found[:limit]

    def change(self, old: User, new: User) -> None:
        """Store every field of `new`. Raises IntegrityFault when its name or address is taken, Changed."""
        stored = read_together(Wanted(UserItem, [(old.id,)], consistent=True))[UserItem][0].api_key_hash

        def fill(transaction: TransactWrite) -> None:
            rename(transaction, NAME, old.name, new.name, new.id)
            rename(transaction, EMAIL, old.email_addr.lower(), new.email_addr.lower(), new.id)
            as_read = unchanged(_item(old, stored), "name_", "info", "user_pref", "api_key_hash", *PLAIN[2:])
            transaction.save(_item(new, stored), condition=as_read)

        commit_bearer(fill, TAKEN)

    def reset_api_key(self, user: User, api_key: str) -> None:
        """Give the account a new key; the old one is dead for every container within a few seconds."""
        stored = read_together(Wanted(UserItem, [(user.id,)], consistent=True))[UserItem][0].api_key_hash

        def fill(transaction: TransactWrite) -> None:
            release(transaction, f"{API_KEY}:{stored}")
            claim(transaction, f"{API_KEY}:{hashed(api_key)}", user.id)
            transaction.save(_item(user, hashed(api_key)), condition=UserItem.api_key_hash == stored)

        commit_bearer(fill, TAKEN)
        self._by_key.forget(f"{API_KEY}:{stored}")

    def _read(self, ids: Sequence[int], consistent: bool) -> list[User]:
        found = read_together(Wanted(UserItem, [(one,) for one in ids], consistent))
        return sorted((_user(item) for item in found[UserItem]), key=lambda user: user.id)


def _user(item: UserItem) -> User:
    return User(
        id=item.id,
        created=item.created,
        name=item.name_,
        fullname=item.fullname,
        email_addr=item.email_addr,
        admin=item.admin,
        pro=item.pro,
        restrict=item.restrict,
        privacy_mode=item.privacy_mode,
        subscribed=item.subscribed,
        locale=item.locale,
        info=orjson.loads(item.info),
        user_pref=orjson.loads(item.user_pref),
    )


def _item(user: User, api_key_hash: str) -> UserItem:
    return UserItem(
        name_=user.name,
        api_key_hash=api_key_hash,
        info=orjson.dumps(user.info).decode(),
        user_pref=orjson.dumps(user.user_pref).decode(),
        **{name: getattr(user, name) for name in PLAIN},
    )
