"""Who sends a request (contract rest-api.md §3)."""

from dataclasses import dataclass

from chalicelib.core.users import User


@dataclass(frozen=True)
class Caller:
    """The sender of one request. `address` is the pseudonym of the network address, never the address.

    `only_project` limits what came with a presenter's token to that project; `browser` tells volunteers behind one
    address apart. `bearer` is the text after "Bearer" of a project's own users (§3.3), still to be checked.
    `session` is set when a cookie says who it is, so that another site could have made the browser send the request.
    """

    address: str
    user: User | None = None
    browser: str | None = None
    only_project: int | None = None
    bearer: str | None = None
    session: str | None = None

    @property
    def user_id(self) -> int | None:
        return self.user.id if self.user else None

    @property
    def admin(self) -> bool:
        """Administrators act as such with their own key, never through a presenter."""
        return bool(self.user and self.user.admin and self.only_project is None)

    @property
    def by_key(self) -> bool:
        """Whether an account's API key came with the request, and neither a session nor a presenter's token."""
        return self.user is not None and self.session is None and self.only_project is None

    @property
    def identity(self) -> str:
        """What the rate limit and a contributor's key are made of."""
        if self.user:
            return f"user:{self.user.id}"
        return f"browser:{self.browser}" if self.browser else f"ip:{self.address}"
