"""The buttons of a row in the list of changes."""

from playwright.sync_api import Page, expect


def test_changes_are_hidden_one_after_the_other_by_mouse(viewer: Page) -> None:
    for number in (1, 2, 3):
        row = viewer.locator(f'#changes li[data-region="{number}"]')
        row.hover()
        row.locator(".hide").hover()
        viewer.mouse.down()
        viewer.wait_for_timeout(50)  # a hand takes longer, and the row may move meanwhile
        viewer.mouse.up()
    expect(viewer.locator("#changes li.out")).to_have_count(3)
