"""Favourite tasks (contract rest-api.md §9.11)."""

MOST_ON_A_TASK = 5000  # accounts; their ids lie on the task's item


class TooManyFavorites(Exception):
    """As many accounts as a task can keep have it as a favourite already."""
