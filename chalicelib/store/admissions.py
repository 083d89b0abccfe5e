"""How many volunteers are told apart behind one network address, per project."""

from pynamodb.expressions.condition import size

from chalicelib.store.conditions import update_if
from chalicelib.store.tables import ParticipationItem


class AdmissionStore:
    """Keeps, with the address's own participation, the browsers that count for themselves."""

    def admit(self, project_id: int, address_key: str, browser: str, most: int) -> bool:
        """One conditional update: known already, or fewer than `most` so far."""
        browsers = ParticipationItem.browsers
        room = browsers.does_not_exist() | browsers.contains(browser) | (size(browsers) < most)
        return update_if(ParticipationItem, (address_key, project_id), [browsers.add({browser})], room)
