"""What requests may ask of the sources (the port `core.import_offers.Offers`)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalicelib.core.import_gathering import FileSource, OpeningSource, PagedSource, Parameters, Tools
from chalicelib.core.import_offers import OfferedSource
from chalicelib.core.import_reading import Row
from chalicelib.importers import catalogue
from chalicelib.importers.gathering import unpacked
from chalicelib.importers.preview import first_rows, preview
from chalicelib.importers.registry import packed_format


class Offers:
    """`tools` are for imports into a project, or into none yet; `seal` encrypts what is shown to nobody."""

    def __init__(
        self,
        tools: Callable[[int | None], Tools],
        seal: Callable[[Mapping[str, Any]], str],
        project_id: int | None = None,
    ) -> None:
        self._tools_of = tools
        self._tools = tools(project_id)
        self._seal = seal

    def of_project(self, project_id: int) -> "Offers":
        return Offers(self._tools_of, self._seal, project_id)

    def all(self) -> list[OfferedSource]:
        why_not = catalogue.offers(self._tools.keys)
        return [OfferedSource(name, one.title, one.daily, why_not[name]) for name, one in catalogue.SOURCES.items()]

    def check(self, type: str, fields: Mapping[str, Any]) -> Parameters:
        return catalogue.source(type, self._tools).check(fields)

    def open(self, type: str, parameters: Parameters) -> None:
        source = catalogue.source(type, self._tools)
        if isinstance(source, OpeningSource):
            source.open(parameters)

    def sealed(self, parameters: Parameters) -> str:
        return self._seal({name: getattr(parameters, name) for name in parameters.SECRETS if getattr(parameters, name)})

    def preview(self, type: str, parameters: Parameters) -> list[Row]:
        source = catalogue.source(type, self._tools)
        assert isinstance(source, FileSource | PagedSource)
        return preview(source, parameters, self._tools.web)

    def preview_file(self, name: str, chunks: Iterable[bytes]) -> list[Row]:
        form = packed_format(name)
        if form is None:
            return first_rows(name.lower().rpartition(".")[2], chunks)
        return first_rows(form, (piece.content for piece in unpacked(name, iter(chunks))))
