"""Third-party files of the pages: copied out of pinned packages, only when the pins change."""

from pathlib import Path

import pytest

from infra import static_packages


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """Wheels as they are after unpacking, with little in them."""
    for name in static_packages.COPIES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"content of {name}")
    styles = tmp_path / static_packages.BOOTSTRAP / "scss"
    styles.mkdir(parents=True)
    (styles / "_bootstrap.scss").write_text(".a { .b { src: url('#{$icon-font-path}x.woff2'); } }")
    return tmp_path


def test_every_file_lands_where_the_templates_link_to_it(unpacked: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    static_packages.fill(unpacked, vendor)
    for source, target in static_packages.COPIES.items():
        assert (vendor / target).read_text() == f"content of {source}"
    templates = Path(static_packages.ROOT, "chalicelib", "web", "templates", "frame.html").read_text()
    linked = [part.split("'")[0] for part in templates.split("static('vendor/")[1:]]
    assert linked
    assert all((vendor / name).is_file() for name in linked)


def test_the_style_sheet_finds_its_icons_beside_it(unpacked: Path, tmp_path: Path) -> None:
    static_packages.fill(unpacked, tmp_path / "vendor")
    assert "../fonts/x.woff2" in (tmp_path / "vendor" / "css" / "bootstrap.min.css").read_text()


def test_nothing_is_fetched_while_the_pins_stay_the_same(unpacked: Path, tmp_path: Path) -> None:
    vendor = tmp_path / "vendor"
    assert not static_packages.is_current(vendor)
    static_packages.fill(unpacked, vendor)
    assert static_packages.is_current(vendor)
    assert static_packages.build(vendor) is False
    (vendor / static_packages.STAMP).write_text("other pins")
    assert not static_packages.is_current(vendor)


def test_every_package_is_pinned_with_a_hash() -> None:
    lines = [line for line in static_packages.PINS.read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert all("==" in line and "--hash=sha256:" in line for line in lines)
