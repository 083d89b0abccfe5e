"""The records of imports that begin: of an object that arrived in the bucket, or of what a request asks for."""

from collections.abc import Callable

from msgspec.structs import replace

from chalicelib.core.import_gathering import Place
from chalicelib.core.import_reading import Reader, Unreadable
from chalicelib.core.import_sources import name_in_key, short_name_of
from chalicelib.core.import_stores import Projects, Records
from chalicelib.core.import_walk import Objects
from chalicelib.core.imports import MEDIA, READ, Record, RowError, Source
from chalicelib.core.moments import timestamp
from chalicelib.core.projects import Project

SENT = "sent"  # folder of files that came with requests


class Beginning:
    """`reader_of` gives the reader for an object, or None; `packed` tells whether an object has to be unpacked first;
    `clock` gives epoch seconds."""

    def __init__(
        self,
        records: Records,
        projects: Projects,
        objects: Objects,
        reader_of: Callable[[Source], Reader | None],
        packed: Callable[[str], bool],
        clock: Callable[[], float],
    ) -> None:
        self._records = records
        self._projects = projects
        self._objects = objects
        self._reader_of = reader_of
        self._packed = packed
        self._clock = clock

    def keep(self, wanted: Record, name: str, content: bytes) -> Record:
        """`wanted` with the file that came with its request, kept under a key that nobody writes again."""
        key = f"{SENT}/{wanted.guard.rpartition(':')[2]}/{name_in_key(name)}"
        self._objects.put(key, content)
        return replace(wanted, source=Source(self._objects.bucket, key, size=len(content)))

    def of_object(self, source: Source) -> Record:
        """The import of an object in the bucket. One that is nobody's, or that nobody can read, has failed already."""
        guard, project_id = source.digest, None
        try:
            if not (source.version or source.etag) or not source.size:
                source = self._objects.measured(source)
            project_id = self._project_of(source.key).id
            return self.create(Record(0, project_id, source, "", guard=guard))
        except Unreadable as error:
            now = timestamp(self._clock())
            failed = Record(0, project_id, source, now, "failed", error_count=1, started=now, finished=now, guard=guard)
            return self._records.create(failed, failed.room_for_errors([RowError(None, str(error))]))

    def create(self, wanted: Record) -> Record:
        """The record of an import that begins now, or that stands under its guard already. Raises Unreadable."""
        assert wanted.project_id is not None
        source = wanted.source
        packed = source is not None and self._packed(source.key)
        if source is not None and not packed and self._reader_of(source) is None:
            raise Unreadable(f"Only {MEDIA} and files that end in {READ} are imported: rename the file.")
        first_task = self._records.newest_task(wanted.project_id) + 1
        place = Place() if source is None or packed else None
        now = timestamp(self._clock())
        return self._records.create(replace(wanted, created=now, first_task=first_task, place=place))

    def _project_of(self, key: str) -> Project:
        short_name = short_name_of(key)
        if short_name is None:
            raise Unreadable("The file lies in no project's folder: put it under imports/<short name of the project>/.")
        project = self._projects.by_short_name(short_name)
        if project is None:
            raise Unreadable(f"There is no project {short_name!r}: create it, or correct the folder's name.")
        return project
