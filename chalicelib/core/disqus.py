"""Signing on to Disqus with an account of this site (contract rest-api.md §9.15; Disqus: "Single Sign-On")."""

import base64
import hashlib
import hmac

import orjson
from msgspec import Struct

from chalicelib.core.users import User


class DisqusKeys(Struct, frozen=True):
    """The keys of the site's Disqus application."""

    public: str
    secret: str

    def sign_on(self, user: User | None, now: float) -> dict[str, str]:
        """What Disqus' script is handed: `remote_auth_s3` says who it is, nobody for None. `now` in epoch seconds."""
        who = {"id": user.id, "username": user.name, "email": user.email_addr} if user is not None else {}
        message = base64.b64encode(orjson.dumps(who)).decode()
        moment = int(now)
        signature = hmac.new(self.secret.encode(), f"{message} {moment}".encode(), hashlib.sha1).hexdigest()
        return {"remote_auth_s3": f"{message} {signature} {moment}", "api_key": self.public}
