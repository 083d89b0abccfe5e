"""The pages' routes."""

from chalice.app import Blueprint, Response

blueprint = Blueprint(__name__)


@blueprint.route("/", methods=["GET"])
def home() -> Response:
    return Response("<h1>Nimbossa</h1>", headers={"Content-Type": "text/html"})
