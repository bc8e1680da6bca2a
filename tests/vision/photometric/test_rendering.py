import cv2
import numpy as np
import pytest

from app.vision.arrays import UInt8
from app.vision.photometric.rendering import free_of_noise, is_lossy_copy
from tests.pictures import jpeg, noisy, paired, read, shifted, textured


def page(shade: int = 250) -> UInt8:
    drawn = np.full((300, 400, 3), shade, np.uint8)
    for line in range(9):
        at, colour = (20, 40 + 25 * line), (20 * line, 30, 90)
        cv2.putText(drawn, f"Line {line} of the page", at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, colour, 1, cv2.LINE_AA)
    cv2.rectangle(drawn, (260, 40), (370, 120), (40, 140, 60), -1)
    return drawn


@pytest.mark.parametrize("quality", [30, 50, 80, 90, 95])
def test_a_page_and_its_jpeg(quality: int) -> None:
    copy = read(jpeg(page(), quality))
    assert is_lossy_copy(paired(page(), copy))
    assert is_lossy_copy(paired(copy, page()))


def test_a_page_and_its_webp() -> None:
    data = cv2.imencode(".webp", page()[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()
    assert is_lossy_copy(paired(page(), read(data)))


def test_two_pages_are_no_copies() -> None:
    changed = cv2.rectangle(page(), (200, 100), (240, 130), (200, 30, 30), -1)
    panel = cv2.rectangle(page(), (10, 20), (250, 260), (245, 245, 250), -1)
    for other in (changed, panel, page(240), page(30), shifted(page(), 3, 0), page()[::-1], page() + 2):
        pair = paired(page(), np.asarray(other, np.uint8))
        assert free_of_noise(pair)
        assert not is_lossy_copy(pair)


def test_photographs_are_no_renderings() -> None:
    photograph = textured(320, 240)
    assert not is_lossy_copy(paired(photograph, read(jpeg(photograph, 60))))
    assert not free_of_noise(paired(noisy(page(), 3), noisy(page(), 2)))


def test_scans_in_black_and_white_are_no_renderings() -> None:
    gray = cv2.cvtColor(page(), cv2.COLOR_RGB2GRAY)
    scan = np.repeat(np.where(gray > 128, 255, 0).astype(np.uint8)[..., None], 3, axis=2)
    pair = paired(scan, shifted(scan, 1, 0))
    assert pair.clean
    assert pair.rendered == (False, False)
    assert paired(page(), page(240)).rendered == (True, True)
