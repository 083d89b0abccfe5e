"""Places in long lists, as addresses name them: the id that a page begins after, or ends before."""

from chalicelib.api.calls import number_in_path
from chalicelib.web.visits import Visit


def place_in(visit: Visit, name: str) -> int | None:
    """The id in the query; None without one. Raises NotFound for what is no id."""
    given = visit.query.get(name)
    return number_in_path(given) if given else None
