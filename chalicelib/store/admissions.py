"""How many volunteers are told apart behind one network address, per project."""

from pynamodb.expressions.condition import size

from chalicelib.store.conditions import update_if
from chalicelib.store.reading import Wanted, read_together
from chalicelib.store.tables import ParticipationItem


class AdmissionStore:
    """Keeps, with the address's own participation, the browsers that count for themselves."""

    def admit(self, project_id: int, address_key: str, browser: str, most: int) -> bool:
        """One conditional update: known already, or fewer than `most` so far."""
        browsers = ParticipationItem.browsers
        room = browsers.does_not_exist() | browsers.contains(browser) | (size(browsers) < most)
        return update_if(ParticipationItem, (address_key, project_id), [browsers.add({browser})], room)

    def browsers(self, project_id: int, address_key: str) -> list[str]:
        """The browsers that count for themselves behind an address, read consistently."""
        found = read_together(Wanted(ParticipationItem, [(address_key, project_id)], consistent=True))
        return [browser for item in found[ParticipationItem] for browser in item.browsers or ()]
