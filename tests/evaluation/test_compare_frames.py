"""Frames and pages: identical is said only where all of them are compared and equal."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from app.evaluation.pipeline import run_pipeline
from app.evaluation.report import Findings
from app.evaluation.request import EvaluationRequest
from app.execution.deadline import DeadlinePassed, StepTimer
from app.vision.arrays import UInt8
from app.vision.decoding.decode import decode
from app.vision.decoding.limits import tiff_pages
from app.vision.encode import Encoded, from_bytes
from tests.faults.corpus import valid_files
from tests.pictures import changed_scene, png, scene

LIMIT = 1_000_000
LOSSLESS: dict[str, dict[str, Any]] = {"GIF": {}, "PNG": {}, "WEBP": {"lossless": True}, "TIFF": {}}
YELLOW = (70, 230, 255)  # of outlines, as BGR


def numbered(number: int, picture: UInt8 | None = None) -> UInt8:
    """A frame of its own: encoders would join equal ones."""
    drawn = scene() if picture is None else picture
    cv2.putText(drawn, str(number), (4, 30), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 255, 255), 2)
    return drawn


def saved(pictures: Sequence[UInt8], kind: str, **options: Any) -> bytes:
    """An animation or TIFF. A GIF has 64 colours of its own, so that its frames are dithered alike."""
    images = [Image.fromarray(picture) for picture in pictures]
    if kind == "GIF":
        palette = images[0].quantize(64)
        images = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    file = io.BytesIO()
    images[0].save(file, kind, save_all=True, append_images=images[1:], **{**LOSSLESS[kind], **options})
    return file.getvalue()


def compared(a: bytes, b: bytes, limit: int = LIMIT, **options: Any) -> tuple[Findings, dict[str, Encoded | None]]:
    request = EvaluationRequest.model_validate({"analyses": "pixel,regions", **options})
    findings, images = run_pipeline([("a", a), ("b", b)], request, limit, StepTimer(60))
    return findings, dict(images)


SAME = [numbered(1), numbered(2), numbered(3)]
CHANGED = [numbered(1), numbered(2, changed_scene()), numbered(3)]


@pytest.mark.parametrize("kind", LOSSLESS)
def test_a_change_of_a_later_frame_is_found_and_drawn(kind: str) -> None:
    word = "Page" if kind == "TIFF" else "Frame"
    found, images = compared(saved(SAME, kind), saved(CHANGED, kind))
    assert found.verdict.kind == "changed"
    assert found.verdict.summary == f"{word} 2 of 3 differs; the first {word.lower()}s are identical."
    (frame,) = found.frames
    assert (frame.number, frame.kind, found.frames_compared) == (2, "changed", 3)
    assert any(region.box.x <= 75 < region.box.x + region.box.width for region in frame.regions)
    for name in ("frame_2_a", "frame_2_b"):
        drawn = images[name]
        assert drawn
        distance = np.abs(from_bytes(drawn.data)[..., :3].astype(int) - YELLOW).max(axis=2)
        assert np.count_nonzero(distance < 40) > 40
    assert not found.regions
    assert "frames" in found.timings


@pytest.mark.parametrize("kind", LOSSLESS)
def test_all_equal_is_identical_although_the_files_differ(kind: str) -> None:
    # The formats keep different things: what matters is that the bytes differ.
    other: dict[str, Any] = {"comment": b"other"} if kind == "GIF" else {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}
    if kind == "TIFF":
        other = {"compression": "tiff_lzw"}
    a, b = saved(SAME, kind), saved(SAME, kind, **other)
    assert a != b
    found, _ = compared(a, b)
    word = "pages" if kind == "TIFF" else "frames"
    assert found.verdict.kind == "identical"
    assert f"Both have 3 {word}; all were compared." in found.verdict.summary
    assert (found.frames, found.frames_compared) == ([], 3)


@pytest.mark.parametrize("kind", LOSSLESS)
def test_more_frames_are_a_change(kind: str) -> None:
    word = "page" if kind == "TIFF" else "frame"
    longer, shorter = saved([*SAME, numbered(4), numbered(5)], kind), saved(SAME, kind)
    found, _ = compared(shorter, longer)
    assert found.verdict.kind == "changed"
    assert found.verdict.summary == f"B has 2 {word}s more; the first {word}s are identical."
    assert f"A has 3 {word}s, B has 5." in found.notes
    assert "2 frames fewer" in compared(longer, shorter)[0].verdict.summary.replace("page", "frame")


def test_a_still_picture_is_not_an_animation() -> None:
    found, _ = compared(png(scene()), saved([scene(), numbered(2)], "PNG"))
    assert (found.verdict.kind, found.frames_compared) == ("changed", 1)
    assert found.verdict.summary == "B has 1 frame more; the first frames are identical."
    assert "A has 1 frame, B has 2." in found.notes


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_other_durations_are_a_note(kind: str) -> None:
    found, _ = compared(saved(SAME, kind, duration=100), saved(SAME, kind, duration=150))
    assert found.verdict.kind == "identical"
    assert "The compared frames of A take 0.30 s, those of B 0.45 s." in found.notes
    moved = compared(saved(SAME, kind, duration=[100, 200, 100]), saved(SAME, kind, duration=[200, 100, 100]))[0]
    assert "Some frames are shown for a longer or a shorter time." in moved.notes


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_another_number_of_repetitions_is_a_note(kind: str) -> None:
    found, _ = compared(saved(SAME, kind, loop=2), saved(SAME, kind, loop=0))
    assert found.verdict.kind == "identical"
    assert "Their animations are repeated a different number of times." in found.notes


def test_equal_bytes_are_not_decoded_frame_by_frame() -> None:
    data = saved(SAME, "GIF")
    found, _ = compared(data, data)
    assert (found.verdict.kind, found.frames_compared) == ("identical", None)


def test_frames_that_are_only_compressed_are_the_same() -> None:
    a, b = (saved(SAME, "WEBP", lossless=False, quality=quality) for quality in (90, 80))
    found, images = compared(a, b)
    assert found.verdict.kind == "same"
    assert {frame.kind for frame in found.frames} == {"same"}
    assert not any(name.startswith("frame_") for name in images)


def test_what_is_ignored_is_ignored_in_every_frame() -> None:
    a, b = saved(SAME, "PNG"), saved(CHANGED, "PNG")
    found, _ = compared(a, b, ignore='[{"x": 0, "y": 40, "width": 240, "height": 80}]')
    assert found.verdict.kind == "same"
    pages = compared(
        saved([SAME[0], SAME[1][:20, :20]], "TIFF"),
        saved([SAME[0], CHANGED[2][20:40, :20]], "TIFF"),
        ignore='[{"x": 0, "y": 0, "width": 40, "height": 40}]',
    )[0]
    assert (pages.verdict.kind, pages.frames[0].summary) == ("same", "All of it was left out.")


def test_the_first_frames_are_reported_beside_the_later_ones() -> None:
    found, _ = compared(saved(SAME, "PNG"), saved([CHANGED[1], *CHANGED[1:]], "PNG"))
    assert found.regions
    assert found.verdict.summary.endswith(" Frame 2 of 3 differs.")


def test_only_some_frames_are_drawn_and_all_are_listed() -> None:
    a = [numbered(number) for number in range(8)]
    b = [a[0], *(numbered(number, changed_scene()) for number in range(1, 8))]
    found, images = compared(saved(a, "PNG"), saved(b, "PNG"))
    assert [frame.number for frame in found.frames] == list(range(2, 9))
    assert found.verdict.summary.startswith("Frames 2 to 8 of 8 differ; ")
    drawn = {name for name in images if name.startswith("frame_")}
    assert drawn == {f"frame_{number}_{side}" for number in range(2, 6) for side in "ab"}


def test_regions_are_searched_within_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond it, frames are judged by their pixels."""
    monkeypatch.setattr("app.evaluation.compare_frames.THOROUGH_PIXELS", 1)
    changed = [SAME[0], *(cv2.circle(frame.copy(), (90, 80), 20, (255, 255, 0), -1) for frame in SAME[1:])]
    found, _ = compared(saved(SAME, "PNG"), saved([np.asarray(frame, np.uint8) for frame in changed], "PNG"))
    thorough, quick = found.frames
    assert thorough.regions
    assert not quick.regions
    assert quick.kind == "changed"
    assert "pixels differ" in quick.summary


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_thousands_of_frames_are_compared_up_to_a_limit(kind: str) -> None:
    bit = np.array([[[0] * 3, [255] * 3]], np.uint8)
    frames = [np.roll(bit, number, axis=1) for number in range(1005)]
    other: dict[str, Any] = {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"} if kind == "WEBP" else {"comment": b"x"}
    if kind == "TIFF":
        other = {"compression": "tiff_lzw"}
    found, _ = compared(saved(frames, kind), saved(frames, kind, **other))
    word = "Pages" if kind == "TIFF" else "Frames"
    assert (found.verdict.kind, found.frames_compared) == ("changed", 1000)
    assert found.verdict.summary.startswith(f"{word} 1,001 to 1,005 were not compared: the limit is 1,000 frames; the")


def test_huge_frames_are_compared_up_to_a_limit() -> None:
    found, _ = compared(saved(SAME, "PNG"), saved(CHANGED, "PNG"), limit=2 * 240 * 160)
    assert found.frames_compared == 2
    assert "Frame 3 was not compared: all frames together may have 0.0768 million pixels." in found.verdict.summary


def test_a_file_cut_short_in_a_later_frame_is_changed() -> None:
    data = saved(SAME, "GIF")
    found, _ = compared(data, data[:-40])
    assert (found.verdict.kind, found.frames_compared) == ("changed", 2)
    reason = "Frame 3 was not compared: frame 3 of B cannot be read, it is cut short: a part of it is missing"
    assert found.verdict.summary == f"{reason}; the first frames are identical."


def test_a_missing_page_is_a_change() -> None:
    data = saved(SAME, "TIFF", compression="tiff_lzw")
    rest = "What follows the last page of B cannot be read, and was not compared."
    summary = compared(data, data[:-4000])[0].verdict.summary
    assert summary == f"B has 1 page fewer; the first pages are identical. {rest}"


def hiding(kind: str, data: bytes) -> bytes:
    """The file damaged where its second frame begins, so that its first one is counted only."""
    hidden = bytearray(data)
    if kind == "GIF":
        at = data.index(b"!\xf9\x04", data.index(b"!\xf9\x04") + 1)
        return data[:at] + b"\0" + data[at:]
    if kind == "TIFF":
        struct.pack_into("<H", hidden, tiff_pages(data)[1], 60_000)
        return bytes(hidden)
    at = data.index(b"acTL") + 4
    declared = struct.pack(">II", 1, 0)
    hidden[at : at + 12] = declared + struct.pack(">I", zlib.crc32(b"acTL" + declared))
    return bytes(hidden)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "TIFF"])
def test_frames_that_damage_hides_are_not_passed_over(kind: str) -> None:
    a, b = (hiding(kind, saved(frames, kind, duration=100)) for frames in (SAME, CHANGED))
    found, _ = compared(a, b, analyses="pixel")
    assert (found.a.frames, found.frames_compared, found.verdict.kind) == (1, 1, "changed")
    word = "page" if kind == "TIFF" else "frame"
    rest = f"What follows the last {word} of A and of B cannot be read, and was not compared"
    assert found.verdict.summary == f"{rest}; the first {word}s are identical."
    assert compared(a, a, analyses="pixel")[0].verdict.kind == "identical", "byte for byte"


@pytest.mark.parametrize("name", valid_files())
def test_nothing_follows_the_last_frame_of_a_valid_file(name: str) -> None:
    assert not decode(valid_files()[name], LIMIT).description.has_more


def test_a_frame_that_both_lack_is_no_proof_of_equality() -> None:
    data = saved(SAME, "PNG")
    broken = data[:-700] + bytes(680) + data[-20:]
    found, _ = compared(broken, broken[:-1] + b"?")  # the checksum of the last chunk
    assert found.verdict.kind == "changed"
    assert "Frame 3 was not compared: frame 3 of A cannot be read" in found.verdict.summary


def test_later_frames_of_an_avif_are_not_passed_over() -> None:
    files = []
    for frames in (SAME, CHANGED):
        file = io.BytesIO()
        first, *rest = [Image.fromarray(frame) for frame in frames]
        first.save(file, "AVIF", save_all=True, append_images=rest, speed=10)
        files.append(file.getvalue())
    found, _ = compared(files[0], files[1])
    assert found.verdict.kind == "changed"
    assert "Frames 2 to 3 were not compared: of an AVIF only the first frame is decoded" in found.verdict.summary


def test_the_deadline_is_checked_between_frames() -> None:
    request = EvaluationRequest(analyses=("pixel",))
    with pytest.raises(DeadlinePassed):
        run_pipeline([("a", saved(SAME, "PNG")), ("b", saved(CHANGED, "PNG"))], request, LIMIT, StepTimer(1e-9))


def test_points_apply_to_frames_of_the_same_size_and_not_to_pages_of_another() -> None:
    points = [[20, 20, 21, 20], [200, 130, 201, 130]]
    frames = [numbered(1), numbered(2)]
    found, _ = compared(saved(frames, "TIFF"), saved([np.roll(frame, 1, 1) for frame in frames], "TIFF"), points=points)
    assert found.alignment.points == 2
    assert [frame.kind for frame in found.frames] == ["identical"]
    before, after = [numbered(1), scene(120, 80)], [numbered(1), changed_scene(120, 80)]
    found, _ = compared(saved(before, "TIFF"), saved(after, "TIFF"), points=points)
    assert [frame.kind for frame in found.frames] == ["changed"]
