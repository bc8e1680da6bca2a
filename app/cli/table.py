"""A report as text for a terminal."""

from collections.abc import Callable, Iterator, Sequence
from textwrap import wrap

import click

from app.evaluation.report import Label, PictureInfo, RegionInfo, Report, VerdictKind
from app.rendering.filters import number, share, size
from app.rendering.labels import region_title
from app.vision.analyses import ANALYSES
from app.vision.region import Box

MAX_REGIONS = 20
MAX_FRAMES = 8
LABEL_WIDTH = 12
MIN_WIDTH = 40

COLOURS: dict[VerdictKind, str] = {"identical": "green", "same": "green", "changed": "yellow", "different": "red"}


def table(report: Report, width: int) -> str:
    """The verdict and its reasons, coloured, in lines of at most `width` characters, but no less than MIN_WIDTH."""
    width = max(width, MIN_WIDTH)
    kind = click.style(report.verdict.kind, fg=COLOURS[report.verdict.kind], bold=True)
    summary = [click.style(line, bold=True) for line in wrap(report.verdict.summary, width)]
    rows = [line for label, text in _rows(report) for line in _row(label, text, width)]
    # As on the page: if the pictures have nothing in common, a list of regions is useless.
    regions = [] if report.verdict.kind == "different" else report.regions
    table = _regions(regions, report.regions_omitted, width)
    return "\n".join([*summary, "", f"{'Verdict':<{LABEL_WIDTH}}{kind}", *rows, *table])


def _row(label: str, text: str, width: int) -> list[str]:
    """A label, and beside it a text of one or more lines."""
    indent = " " * LABEL_WIDTH
    return wrap(text, width, initial_indent=f"{label:<{LABEL_WIDTH - 1}} ", subsequent_indent=indent)


def _rows(report: Report) -> Iterator[tuple[str, str]]:
    yield "A", _picture(report.a)
    yield "B", _picture(report.b)
    yield "Alignment", _alignment(report)
    yield from (("Note", note) for note in report.notes)
    yield from _frames(report)
    for info in report.analyses:
        label = ANALYSES[info.name].TITLE.partition(" (")[0]
        if info.status != "ok":
            yield label, f"{info.status}: {info.reason}"
        elif phrases := list(filter(None, [*_phrases(info.name, report), info.reason])):
            yield label, "; ".join(phrases)


def _picture(info: PictureInfo) -> str:
    depth = f", {info.bits} bit" if info.bits != 8 else ""
    return f"{info.name}, {info.width} × {info.height} px, {info.format}{depth}, {size(info.bytes)}"


def _frames(report: Report) -> Iterator[tuple[str, str]]:
    word = report.frame_word.capitalize()
    for frame in report.changed_frames[:MAX_FRAMES]:
        yield f"{word} {frame.number}", frame.summary
    if (rest := len(report.changed_frames) - MAX_FRAMES) > 0:
        yield f"{word}s", f"and {number(rest)} more that changed; --json has them all"


def _alignment(report: Report) -> str:
    sentence = {
        "not_needed": "The pictures are aligned as they are.",
        "applied": f"B was aligned with A{_by_points(report.alignment.points)} before the comparison.",
        "failed": "No transformation aligns B with A; it was compared as it is.",
        "off": "Switched off; B was compared as it is.",
    }[report.alignment.status]
    summary = report.alignment.summary
    return f"{summary}. {sentence}" if summary else sentence


def _by_points(pairs: int) -> str:
    return f" by {pairs} pairs of points that were given" if pairs else ""


def _phrases(name: str, report: Report) -> list[str]:
    """The results of an analysis: by a function of its own, or else the metrics whose names begin with its name."""
    if name in PHRASES:
        return PHRASES[name](report)
    own = {metric: value for metric, value in report.metrics.items() if f"{metric}_".startswith(f"{name}_")}
    return [f"{metric.replace('_', ' ')} {number(value)}" for metric, value in own.items()]


def _pixel(report: Report) -> list[str]:
    metrics = report.metrics
    error = f"MSE {number(metrics['mse'], 2)}"
    if psnr := metrics["psnr"]:  # if there is none, the reason explains it
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


# The analyses whose results are not just a list of metrics.
PHRASES: dict[str, Callable[[Report], list[str]]] = {
    "pixel": _pixel,
    "ssim": _ssim,
    "regions": lambda _: [],  # they have a table of their own
    "orb": _orb,
    "hash": _hash,
    "mobilenet": _mobilenet,
    "lpips": lambda report: [f"LPIPS {number(report.metrics['lpips'], 3)}"],
    "methods": _methods,
}


def _regions(regions: Sequence[RegionInfo], omitted: int, width: int) -> list[str]:
    if not regions:
        return []
    head = (" #", "what", "x,y,width,height", "score", "found by")
    body = [
        (f"{index:2}", _change(region), _box(region.box), f"{region.score:.2f}", ", ".join(region.found_by))
        for index, region in enumerate(regions[:MAX_REGIONS], 1)
    ]
    rest = len(regions) + omitted - MAX_REGIONS
    have = f"{number(len(regions))} of them" if omitted else "them all"
    more = [f"and {number(rest)} more; --json and --html have {have}"] if rest > 0 else []
    return ["", *_columns([head, *body], width), *more]


def _change(region: RegionInfo) -> str:
    title = region_title(region)
    if region.allowed:
        return f"{title}, {region.allowed}"
    if to := region.moved_to:
        return f"{title} to {to.x},{to.y}"
    return f"{title} from {source.x},{source.y}" if (source := region.moved_from) else title


def _box(box: Box) -> str:
    """A box in the format of `--ignore`."""
    return f"{box.x},{box.y},{box.width},{box.height}"


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Align cells in columns. The last columns are left out if lines would be too long."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > width and len(widths) > 1:
        widths.pop()
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
