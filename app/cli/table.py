"""A report as a person reads it on a terminal."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap

import click

from app.evaluation.report import Label, PictureInfo, RegionInfo, Report, VerdictKind
from app.rendering.filters import number, share, size
from app.rendering.png import region_title
from app.vision.region import Box

MOST = 20  # regions that are listed
MARGIN = 12
NARROWEST = 40

COLOURS: dict[VerdictKind, str] = {"identical": "green", "same": "green", "changed": "yellow", "different": "red"}


def table(report: Report, width: int) -> str:
    """The verdict and what it rests on, in lines of `width` characters where they can be; coloured."""
    width = max(width, NARROWEST)
    kind = click.style(report.verdict.kind, fg=COLOURS[report.verdict.kind], bold=True)
    summary = [click.style(line, bold=True) for line in wrap(report.verdict.summary, width)]
    rows = [line for label, text in _rows(report) for line in _row(label, text, width)]
    # As on the page: where the pictures have nothing in common, a list of what differs says nothing.
    regions = [] if report.verdict.kind == "different" else report.regions
    return "\n".join([*summary, "", f"{'Verdict':<{MARGIN}}{kind}", *rows, *_regions(regions, width)])


def _row(label: str, text: str, width: int) -> list[str]:
    """A label and a text that goes on below itself."""
    return wrap(text, width, initial_indent=f"{label:<{MARGIN}}", subsequent_indent=" " * MARGIN)


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    yield "A", _picture(report.a)
    yield "B", _picture(report.b)
    yield "Alignment", _alignment(report)
    yield from (("Note", note) for note in report.notes)
    for info in report.analyses:
        label, words = ANALYSES[info.name]
        if info.status != "ok":
            yield label, f"{info.status}: {info.reason}"
        elif said := list(filter(None, [*words(report), info.reason])):
            yield label, "; ".join(said)


def _picture(info: PictureInfo) -> str:
    depth = f", {info.bits} bit" if info.bits != 8 else ""
    return f"{info.name}, {info.width} × {info.height} px, {info.format}{depth}, {size(info.bytes)}"


def _alignment(report: Report) -> str:
    told = {
        "not_needed": "The pictures lie on each other as they are.",
        "applied": "B was laid on A and compared there.",
        "failed": "Nothing was found that carries B onto A; it was compared as it is.",
        "off": "Switched off; B was compared as it is.",
    }[report.alignment.status]
    summary = report.alignment.summary
    return f"{summary}. {told}" if summary else told


def _pixel(report: Report) -> list[str]:
    metrics = report.metrics
    error = f"MSE {number(metrics['mse'], 2)}"
    if psnr := metrics["psnr"]:  # else the reason tells why there is none
        error += f", PSNR {psnr:.1f} dB"
    return [f"{share(metrics['pixel_match_rate'] or 0)} match, {number(metrics['different_pixels'])} differ", error]


def _ssim(report: Report) -> list[str]:
    names = {"SSIM": "ssim", "MS-SSIM": "ms_ssim"}
    scores = [f"{name} {value:.3f}" for name, key in names.items() if (value := report.metrics[key]) is not None]
    return [", ".join(scores)]


def _orb(report: Report) -> list[str]:
    metrics = report.metrics
    if metrics["orb_similarity"] is None:
        return []
    matches = f"{number(metrics['orb_inliers'])} of {number(metrics['orb_matches'])} matches agree"
    return [f"similarity {number(metrics['orb_similarity'])}", matches]


def _hash(report: Report) -> list[str]:
    names = {"perceptual": "phash", "average": "ahash", "difference": "dhash", "wavelet": "whash"}
    bits = ", ".join(f"{name} {report.metrics[f'{key}_distance']}" for name, key in names.items())
    return [f"bits that differ, of 64: {bits}"]


def _mobilenet(report: Report) -> list[str]:
    network = f" by {report.network.name}" if report.network else ""
    shown = report.recognised
    named = [("A", shown.a), ("B", shown.b)] if shown else []
    return [
        f"cosine distance {number(report.metrics['embedding_cosine_distance'])}{network}",
        *(f"{side} shows: {_class(label)}" for side, label in named if label),
    ]


def _class(label: Label) -> str:
    return f"{label.label.split(',')[0]} ({label.probability * 100:.0f} %)"


def _methods(report: Report) -> list[str]:
    counts = ", ".join(f"{method.name} {number(method.count)}" for method in report.methods or [])
    return [f"regions that each finds: {counts}"]


# What each analysis is called, and what it found.
ANALYSES: dict[str, tuple[str, Callable[[Report], list[str]]]] = {
    "pixel": ("Pixels", _pixel),
    "ssim": ("Structure", _ssim),
    "regions": ("Regions", lambda _: []),  # which have a table of their own
    "orb": ("Features", _orb),
    "hash": ("Hashes", _hash),
    "mobilenet": ("Meaning", _mobilenet),
    "lpips": ("Perception", lambda report: [f"LPIPS {number(report.metrics['lpips'], 3)}"]),
    "methods": ("Finders", _methods),
}


def _regions(regions: Sequence[RegionInfo], width: int) -> list[str]:
    if not regions:
        return []
    head = (" #", "what", "x,y,width,height", "score", "found by")
    body = [
        (f"{place:2}", _what(region), _corner(region.box), f"{region.score:.2f}", ", ".join(region.found_by))
        for place, region in enumerate(regions[:MOST], 1)
    ]
    more = [f"and {number(len(regions) - MOST)} more; --json and --html have them all"] if len(regions) > MOST else []
    return ["", *_columns([head, *body], width), *more]


def _what(region: RegionInfo) -> str:
    title = region_title(region)
    if to := region.moved_to:
        return f"{title} to {to.x},{to.y}"
    return f"{title} from {source.x},{source.y}" if (source := region.moved_from) else title


def _corner(box: Box) -> str:
    """A box as `--ignore` takes it."""
    return f"{box.x},{box.y},{box.width},{box.height}"


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Cells below each other; the last columns are left out where the lines would be too long."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > width and len(widths) > 1:
        widths.pop()
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
