"""The page of the API, as people read it."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Visitor


@pytest.mark.parametrize("width", [1200, 390])
def test_a_reader_comes_from_the_footer_to_an_operation(visitors: Callable[..., Visitor], width: int) -> None:
    reader = visitors(java_script_enabled=False)
    reader.page.set_viewport_size({"width": width, "height": 800})
    reader.open("/")
    reader.page.get_by_role("link", name="API", exact=True).click()
    reader.page.get_by_role("link", name="newtask", exact=True).first.click()
    assert reader.page.url.endswith("/api/docs#newtask")
    heading = reader.page.locator("#op-newtask")
    assert heading.inner_text() == "GET /api/project/{identifier}/newtask"
    operation = reader.page.get_by_role("article").filter(has=heading)
    operation.get_by_text("Statuses:").click()
    assert operation.get_by_text("Too many requests").is_visible()
    assert heading.bounding_box()["width"] <= width  # type: ignore[index]
    assert reader.complaints == []
