"""The pages: drop zones, a stored pair, a report."""

from functools import partial
from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.web.api import find_pair, find_report, requested_options
from app.web.formats import Format, answer, answer_stored
from app.web.keys import is_owner
from app.web.problems import wants_json
from app.web.security import SANDBOX, browser
from app.web.serializers import pair_links
from app.web.server_sent_events import follow, wants_events
from app.web.service import service
from app.web.uploads import received_pair

pages = Blueprint("pages", __name__)

RECENT = 12
MAX_SKIPPED = 1_000_000  # clients may send a number of any length


@pages.get("/")
def index() -> str:
    """The drop zones and this browser's comparisons whose file names contain `q`, without the newest `skip`."""
    name = request.args.get("q", "").strip()
    skip = min(max(request.args.get("skip", 0, type=int), 0), MAX_SKIPPED)
    found = service().store.records.recent(session.get("browser", ""), RECENT + 1, skip, name)
    following = skip + RECENT if len(found) > RECENT else None
    return render_template("index.html", recent=found[:RECENT], following=following, name=name, skip=skip)


@pages.post("/upload")
def upload() -> ResponseReturnValue:
    """Store the two pictures of the form."""
    pair = service().store_pair(*received_pair(), owner=browser())
    if wants_json():
        return {"id": pair.id, "links": pair_links(pair.id)}, 201
    return redirect(url_for(".show_pair", pair=pair.id), 303)


@pages.get("/pairs/<pair>")
def show_pair(pair: str) -> Response:
    """A stored pair, with its Compare button."""
    page = render_template("pair.html", pair=find_pair(pair))
    return Response(page, headers={"Cache-Control": "no-store"})


@pages.get("/pairs/<pair>/pictures/<field>")
def show_picture(pair: str, field: str) -> Response:
    """A or B of a stored pair, re-encoded for the page."""
    found = find_pair(pair)
    if field not in ("a", "b"):
        abort(404)
    encoded = service().preview(found, field)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": SANDBOX}
    return Response(encoded.data, mimetype=encoded.media_type, headers=headers)


@pages.post("/pairs/<pair>/evaluate")
def evaluate_pair(pair: str) -> ResponseReturnValue:
    """Compare the pair and redirect to the report, or stream the steps as events if the client asks for them.

    Without API keys, anyone with the link may compare; only the owner's own comparisons appear in the owner's recent
    list.
    """
    found, options = find_pair(pair), requested_options()
    guest = not is_owner(found)
    if wants_events():
        return follow(found, partial(service().evaluate, found, options, guest=guest))
    report = service().evaluate(found, options, guest=guest)
    if wants_json():
        return answer(report, found, Format.JSON)
    return redirect(url_for(".show_report", report=report.id), 303)


@pages.get("/reports/<report>")
def show_report(report: str) -> Response:
    """The report page."""
    return answer_stored(*find_report(report), Format.PAGE)


@pages.get("/favicon.ico")
def favicon() -> Response:
    """The icon, at the address that browsers request by default."""
    return send_file(Path(current_app.static_folder or "") / "favicon.svg", mimetype="image/svg+xml")
