"""Stored records as API models, with ids turned into links."""

from datetime import datetime
from typing import Any

from flask import url_for
from pydantic import Field

from app.evaluation.report import ApiModel, FileInfo, Link, PictureInfo, Report
from app.evaluation.tiles import picture_of_tile
from app.store.records import FileRecord, PairRecord, ReportRecord


class Pair(ApiModel):
    """Two stored pictures."""

    id: str
    created: datetime
    a: FileInfo
    b: FileInfo
    links: dict[str, Link] = Field(description="`self`, `page`, `evaluate` and `evaluate_page`.")


def present_pair(pair: PairRecord) -> Pair:
    """The API model of a stored pair."""
    a, b = (FileInfo(**_file(file)) for file in (pair.a, pair.b))
    return Pair(id=pair.id, created=pair.created, a=a, b=b, links=pair_links(pair.id))


def pair_links(pair: str) -> dict[str, str]:
    """The addresses at which a pair is shown, fetched and evaluated."""
    return {
        "self": url_for("api.show_pair", pair=pair),
        "page": url_for("pages.show_pair", pair=pair),
        "evaluate": url_for("api.evaluate_pair", pair=pair),
        "evaluate_page": url_for("pages.evaluate_pair", pair=pair),
    }


def present_report(report: ReportRecord, pair: PairRecord) -> Report:
    """The API model of a stored report, with links to its pictures, downloads and pair."""
    body = report.body
    return Report.model_validate(
        {
            **body,
            "id": report.id,
            "created": report.created,
            "pair": pair.id,
            "a": PictureInfo(**body["a"], **_file(pair.a)),
            "b": PictureInfo(**body["b"], **_file(pair.b)),
            "images": {
                name: url_for("api.show_image", report=report.id, name=name)
                for name in report.images
                if not picture_of_tile(name)
            },
            "options": report.options,
            "links": {
                "self": url_for("api.show_report", report=report.id),
                "page": url_for("pages.show_report", report=report.id),
                "download": url_for("downloads.download_report", report=report.id),
                "sheet": url_for("downloads.download_sheet", report=report.id),
                "pair": url_for("api.show_pair", pair=pair.id),
            },
        }
    )


def _file(file: FileRecord) -> dict[str, Any]:
    return {"name": file.name, "bytes": file.bytes, "sha256": file.sha256}
