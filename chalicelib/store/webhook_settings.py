"""What of a project only its webhook's delivery needs: secrets, and the way to turn it off."""

from collections.abc import Sequence

from chalicelib.store.conditions import update_if
from chalicelib.store.tables import ProjectItem


class WebhookSettingsStore:
    """The webhook settings of all projects."""

    def secrets(self, project_id: int) -> list[str] | None:
        """The signing secrets, newest first; None when there is no such project. Read consistently."""
        try:
            item = ProjectItem.get(project_id, consistent_read=True, attributes_to_get=["webhook_secrets"])
        except ProjectItem.DoesNotExist:
            return None
        return [str(secret) for secret in item.webhook_secrets or []]

    def replace_secrets(self, project_id: int, seen: Sequence[str], new: Sequence[str]) -> bool:
        """Store `new` in place of `seen`; False when they are no longer the ones that were seen."""
        unchanged = ProjectItem.webhook_secrets == list(seen)
        if not seen:
            unchanged = unchanged | ProjectItem.webhook_secrets.does_not_exist()
        known = ProjectItem.id.exists()
        return update_if(ProjectItem, (project_id,), [ProjectItem.webhook_secrets.set(list(new))], known & unchanged)

    def turn_off(self, project_id: int, url: str) -> bool:
        """Remove the webhook; False when the project has another one by now, which stays."""
        return update_if(ProjectItem, (project_id,), [ProjectItem.webhook.remove()], ProjectItem.webhook == url)
