"""Accounts, their favourites, and the names that are taken."""

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.store.tables.base import Table, WholeNumberAttribute


class UserItem(Table):
    name = "users"

    class Meta:
        pass

    id = WholeNumberAttribute(hash_key=True)
    created = UnicodeAttribute()
    name_ = UnicodeAttribute(attr_name="name")
    fullname = UnicodeAttribute()
    email_addr = UnicodeAttribute()
    api_key_hash = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)  # argon2id; none: made by the API key's holder, who sets one
    sessions = UnicodeSetAttribute(null=True)  # ids of the live sessions, see core/sessions.py
    admin = BooleanAttribute(default=False)
    pro = BooleanAttribute(default=False)
    restrict = BooleanAttribute(default=False)
    privacy_mode = BooleanAttribute(default=True)
    subscribed = BooleanAttribute(default=False)
    locale = UnicodeAttribute(default="en")
    user_pref = UnicodeAttribute(default="{}")  # JSON text
    info = UnicodeAttribute(default="{}")  # JSON text


class FavoriteItem(Table):
    """One account's favourite task; the account's id is also in the task's `fav_user_ids`."""

    name = "favorites"

    class Meta:
        pass

    user_id = WholeNumberAttribute(hash_key=True)
    task_id = WholeNumberAttribute(range_key=True)
    created = UnicodeAttribute()


class NameItem(Table):
    """A unique name and whose it is; written in the transaction of its owner and read as the consistent way to it.

    Keys: `project.name:<name>`, `project.short_name:<slug>`, `category.name:…`, `category.short_name:…`,
    `user.name:…`, `user.email:…`, `user.api_key:<sha256>`, `import:<digest of bucket, key and version>`.
    """

    name = "names"

    class Meta:
        pass

    key = UnicodeAttribute(hash_key=True)
    id = WholeNumberAttribute()
