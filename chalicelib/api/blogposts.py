"""Blog posts of projects (contract rest-api.md §9.8, §13)."""

from typing import Any

import msgspec

from chalicelib.api.calls import Call
from chalicelib.api.in_projects import InProjectsEndpoint, KeptInProjects
from chalicelib.core.blogposts import BlogPost
from chalicelib.core.moments import timestamp
from chalicelib.core.permissions import may_change_post, may_read_post, refuse
from chalicelib.core.projects import Card
from chalicelib.core.resources import BLOGPOST


class BlogPostEndpoint(InProjectsEndpoint[BlogPost]):
    """`/api/blogpost`."""

    resource = BLOGPOST

    def kept(self, call: Call) -> KeptInProjects[BlogPost]:
        return call.services.blogposts

    def readable(self, call: Call, project: Card, item: BlogPost) -> bool:
        return may_read_post(call.caller, project, item)

    def built(self, call: Call, fields: dict[str, Any]) -> BlogPost:
        return BlogPost(**fields, updated=fields["created"], user_id=call.caller.user_id)

    def check_update(self, call: Call, item: BlogPost) -> None:
        if not may_change_post(call.caller, item):
            refuse(call.caller)

    def create(self, call: Call, given: dict[str, Any]) -> BlogPost:
        post = super().create(call, given)
        call.services.changes.note(post.project_id)
        return post

    def update(self, call: Call, item: BlogPost, given: dict[str, Any]) -> BlogPost:
        post = super().update(call, item, given)
        call.services.changes.note(post.project_id)
        return post

    def touched(self, call: Call, item: BlogPost) -> BlogPost:
        return msgspec.structs.replace(item, updated=timestamp(call.services.clock()))
