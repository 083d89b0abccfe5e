"""Accounts: unique by name, e-mail address and API key."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from pynamodb.transactions import TransactWrite

from chalicelib.core.keys import hashed
from chalicelib.core.remembered import Remembered
from chalicelib.core.sessions import surplus
from chalicelib.core.users import User
from chalicelib.store.conditions import unchanged, update_if
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
CHANGING = ("name_", "info", "user_pref", *PLAIN[2:])
TAKEN = "An account with this name or e-mail address exists already."


class UserStore:
    """All accounts. `clock` is monotonic and only times what a container remembers."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._by_key: Remembered[str, User] = Remembered(REMEMBER_SECONDS, clock)

    def next_id(self) -> int:
        return next_number("user")

    def create(self, user: User, api_key: str, password_hash: str | None = None) -> None:
        """Store it with its names and the hash of its key. Raises IntegrityFault when one of them is taken."""

        def fill(transaction: TransactWrite) -> None:
            claim(transaction, f"{NAME}:{user.name}", user.id)
            claim(transaction, f"{EMAIL}:{user.email_addr.lower()}", user.id)
            claim(transaction, f"{API_KEY}:{hashed(api_key)}", user.id)
            item = _item(user, api_key_hash=hashed(api_key), password_hash=password_hash)
            transaction.save(item, condition=UserItem.id.does_not_exist())

        commit_bearer(fill, TAKEN)

    def get(self, user_id: int) -> User | None:
        """The account, read consistently."""
        return next(iter(self._read([user_id], consistent=True)), None)

    def by_name(self, name: str) -> User | None:
        found = owner_of_name(f"{NAME}:{name}")
        return self.get(found) if found is not None else None

    def by_email(self, email_addr: str) -> User | None:
        """Whatever the case of its letters."""
        found = owner_of_name(f"{EMAIL}:{email_addr.lower()}")
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
        """Store every field of `new` but its sessions, which come and go by themselves. Raises IntegrityFault when its
        name or address is taken, Changed."""
        before, after = _item(old), _item(new)

        def fill(transaction: TransactWrite) -> None:
            rename(transaction, NAME, old.name, new.name, new.id)
            rename(transaction, EMAIL, old.email_addr.lower(), new.email_addr.lower(), new.id)
            actions = [getattr(UserItem, name).set(getattr(after, name)) for name in CHANGING]
            transaction.update(UserItem(old.id), actions, unchanged(before, *CHANGING))

        commit_bearer(fill, TAKEN)

    def reset_api_key(self, user: User, api_key: str) -> None:
        """Give the account a new key; the old one is dead for every container within a few seconds. Raises Changed."""
        stored = self._item_of(user.id).api_key_hash

        def fill(transaction: TransactWrite) -> None:
            release(transaction, f"{API_KEY}:{stored}")
            claim(transaction, f"{API_KEY}:{hashed(api_key)}", user.id)
            action = UserItem.api_key_hash.set(hashed(api_key))
            transaction.update(UserItem(user.id), [action], UserItem.api_key_hash == stored)

        commit_bearer(fill, TAKEN)
        self._by_key.forget(f"{API_KEY}:{stored}")

    def password_of(self, user_id: int) -> str | None:
        """The hash of the account's password, read consistently; None for one that has none."""
        return self._item_of(user_id).password_hash

    def set_password(self, user_id: int, password_hash: str, session: str | None) -> None:
        """Ends every session but this one."""
        kept = UserItem.sessions.set({session}) if session else UserItem.sessions.remove()
        _update(user_id, [UserItem.password_hash.set(password_hash), kept])

    def open_session(self, user: User, session: str, now: float) -> None:
        """List a session with the account; those that ended, and the oldest of too many, go."""
        gone = surplus(user.sessions, now)
        if gone:
            _update(user.id, [UserItem.sessions.delete(set(gone))])
        _update(user.id, [UserItem.sessions.add({session})])

    def close_session(self, user_id: int, session: str) -> None:
        """Nothing when it is not listed."""
        _update(user_id, [UserItem.sessions.delete({session})])

    def _item_of(self, user_id: int) -> UserItem:
        found: UserItem = read_together(Wanted(UserItem, [(user_id,)], consistent=True))[UserItem][0]
        return found

    def _read(self, ids: Sequence[int], consistent: bool) -> list[User]:
        found = read_together(Wanted(UserItem, [(one,) for one in ids], consistent))
        return sorted((_user(item) for item in found[UserItem]), key=lambda user: user.id)


def _update(user_id: int, actions: list[Any]) -> None:
    """Nothing when the account is gone."""
    update_if(UserItem, (user_id,), actions, UserItem.id.exists())


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
        sessions=frozenset(item.sessions or ()),
    )


def _item(user: User, **hashes: str | None) -> UserItem:
    return UserItem(
        name_=user.name,
        info=orjson.dumps(user.info).decode(),
        user_pref=orjson.dumps(user.user_pref).decode(),
        **{name: getattr(user, name) for name in PLAIN} | hashes,
    )
