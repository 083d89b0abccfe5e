"""A picture, sound, video or PDF is one row, whose task names it (contract importers.md §4.1)."""

from collections.abc import Iterable, Iterator, Sequence

from chalicelib.core.import_reading import Progress, Row, Unreadable
from chalicelib.core.media import Kind, object_info
from chalicelib.core.tasks import NewTask


class MediaReader:
    """A `core.import_reading.Reader` of the object `key` of the import bucket."""

    def __init__(self, bucket: str, key: str, kinds: Sequence[Kind]) -> None:
        self._bucket = bucket
        self._key = key
        self._kinds = kinds

    def survey(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[None]:
        """Looks at the beginning alone, to see that the object is there and may be read. Raises Unreadable."""
        if not next(iter(chunks), b""):
            raise Unreadable("The file is empty: upload it again.")
        yield from ()

    def rows(self, chunks: Iterable[bytes], progress: Progress) -> Iterator[Row]:
        if progress.row:
            return
        progress.row, progress.position = 1, 1
        info = object_info(self._bucket, self._key, self._kinds)
        yield Row(1, 1, NewTask(info=info, object_key=self._key))
