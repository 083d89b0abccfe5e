"""The API's routes."""

from chalice.app import Blueprint, Response

blueprint = Blueprint(__name__)


@blueprint.route("/api/", methods=["GET"])
def index() -> Response:
    return Response("The Nimbossa API", headers={"Content-Type": "text/html"})
