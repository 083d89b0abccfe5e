"""Full-text search as PostgreSQL does it (contract rest-api.md §4.4; PostgreSQL manual, "Full Text Search"): words are
compared by their stems, and what is found has a rank and a headline."""

from chalicelib.core.full_text.headlines import headline
from chalicelib.core.full_text.ranking import rank
from chalicelib.core.full_text.wanted import Wanted, read_wanted
from chalicelib.core.full_text.words import LANGUAGES, Found, found_in

__all__ = ["LANGUAGES", "Found", "Wanted", "found_in", "headline", "rank", "read_wanted"]
