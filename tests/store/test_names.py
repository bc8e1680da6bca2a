import pytest

from app.store.names import LONGEST_NAME, display_name


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("photo.png", "photo.png"),
        ("C:\\Users\\me\\photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        ("folder/", "folder"),
        ("été 写真.png", "été 写真.png"),
        ("gpj\u202egnp.exe", "gpjgnp.exe"),
        ("a\x00b\r\nc\u2028.png", "abc.png"),
        ("\ud800.png", ".png"),
        ("", "unnamed"),
        (None, "unnamed"),
        ("\u202e", "unnamed"),
        ("x" * 4096, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_reduced_to_displayable_characters(sent: str | None, shown: str) -> None:
    assert display_name(sent) == shown
