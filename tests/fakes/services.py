"""What services answer, written by us after their public documentation: YouTube Data API v3 ("PlaylistItems: list"),
Flickr ("flickr.photosets.getPhotos"), Epicollect5 ("Get Entries"), Amazon S3 ("ListObjectsV2"), IIIF ("Presentation
API" 2.1 and 3.0). Each function gives the pages of one thing as answers by address."""

from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from tests.fakes.recorded import Said

Answers = dict[str, Any]
FORM = "d500a44b973e4de4a80fda57ca3dfe4d_5901f6bb53273"
IIIF = "https://example.org/iiif"


def playlist(videos: list[str], per_page: int = 50) -> Answers:
    """The playlist PL1."""
    starts = range(0, max(1, len(videos)), per_page)
    return {
        playlist_page(_turn(start)): {
            "kind": "youtube#playlistItemListResponse",
            "etag": "e",
            "items": [_item(video) for video in videos[start : start + per_page]],
            "pageInfo": {"totalResults": len(videos), "resultsPerPage": per_page},
        }
        | ({"nextPageToken": _turn(start + per_page)} if start + per_page < len(videos) else {})
        for start in starts
    }


def playlist_page(token: str = "") -> str:
    turn = f"&pageToken={token}" if token else ""
    api = "https://www.googleapis.com/youtube/v3/playlistItems"
    return f"{api}?part=snippet&maxResults=50&playlistId=PL1{turn}&key=THE-KEY"


def _turn(start: int) -> str:
    return f"CAUQ{start}" if start else ""


def _item(video: str) -> dict[str, Any]:
    resource = {"kind": "youtube#video", "videoId": video}
    snippet = {"title": f"The video {video}", "playlistId": "PL1", "position": 0, "resourceId": resource}
    return {"kind": "youtube#playlistItem", "etag": "e", "id": f"UEw{video}", "snippet": snippet}


def youtube_refusal(status: int, reason: str, message: str = "No.") -> Said:
    cause = {"domain": "youtube", "reason": reason, "message": message}
    return Said({"error": {"code": status, "message": message, "errors": [cause]}}, status)


def album(titles: list[str], per_page: int = 500) -> Answers:
    """The album 7 of 42@N00."""
    pages = -(-len(titles) // per_page) or 1
    return {album_page(number): _album_page(titles, number, pages, per_page) for number in range(1, pages + 1)}


def album_page(number: int = 1) -> str:
    api = "https://api.flickr.com/services/rest/?method=flickr.photosets.getPhotos"
    return f"{api}&api_key=THE-KEY&photoset_id=7&format=json&nojsoncallback=1&page={number}"


def _album_page(titles: list[str], number: int, pages: int, per_page: int) -> dict[str, Any]:
    first = (number - 1) * per_page
    photos = [
        {"id": str(place), "secret": "5ec", "server": "65535", "farm": 66, "title": title, "isprimary": "0"}
        for place, title in enumerate(titles[first : first + per_page], start=first + 100)
    ]
    told = {"id": "7", "primary": "100", "owner": "42@N00", "page": str(number), "perpage": per_page, "pages": pages}
    return {"photoset": told | {"photo": photos, "total": str(len(titles))}, "stat": "ok"}


def entries(found: list[dict[str, Any]], per_page: int = 1000) -> Answers:
    """The form FORM of the project bird-survey."""
    last = -(-len(found) // per_page) or 1
    return {
        entries_page(number): {
            "meta": {"total": len(found), "per_page": per_page, "current_page": number, "last_page": last},
            "data": {"id": "bird-survey", "type": "entries", "entries": found[(number - 1) * per_page :][:per_page]},
            "links": {"next": None, "self": "https://elsewhere.example.org/never/followed"},
        }
        for number in range(1, last + 1)
    }


def entries_page(number: int = 1) -> str:
    site = "https://five.epicollect.net/api/export/entries/bird-survey"
    return f"{site}?form_ref={FORM}&format=json&per_page=1000&page={number}&sort_by=created_at&sort_order=ASC"


def bucket(keys: list[str], prefix: str = "", per_page: int = 1000) -> Answers:
    """The public bucket `photos`."""
    wanted = sorted(key for key in keys if key.startswith(prefix))
    starts = [0, *range(per_page, len(wanted), per_page)]
    return {
        bucket_page(prefix, wanted[start - 1] if start else ""): Said(
            _listing(wanted[start : start + per_page], start + per_page < len(wanted)),
            headers={"Content-Type": "application/xml"},
        )
        for start in starts
    }


def bucket_page(prefix: str = "", after: str = "") -> str:
    query = f"list-type=2&encoding-type=url&prefix={quote(prefix)}&start-after={quote(after)}"
    return f"https://photos.s3.amazonaws.com/?{query}"


def _listing(keys: list[str], more: bool) -> bytes:
    contents = "".join(
        f"<Contents><Key>{escape(quote(key))}</Key><LastModified>2026-11-23T00:00:00.000Z</LastModified>"
        f"<Size>{0 if key.endswith('/') else 9}</Size></Contents>"
        for key in keys
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>photos</Name><IsTruncated>{str(more).lower()}</IsTruncated>{contents}</ListBucketResult>"
    ).encode()


def manifest2(name: str, images: list[str]) -> dict[str, Any]:
    """Presentation 2.1; an image without name has no service."""
    return {
        "@context": "http://iiif.io/api/presentation/2/context.json",
        "@id": f"{IIIF}/{name}/manifest",
        "@type": "sc:Manifest",
        "label": name,
        "sequences": [
            {
                "@type": "sc:Sequence",
                "canvases": [_canvas2(f"{IIIF}/{name}/canvas/{n}", image) for n, image in enumerate(images)],
            }
        ],
    }


def _canvas2(canvas: str, image: str) -> dict[str, Any]:
    service = {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": f"{IIIF}/image/{image}",
        "profile": "http://iiif.io/api/image/2/level1.json",
    }
    resource = {"@id": f"{IIIF}/{image}.jpg", "@type": "dctypes:Image"} | ({"service": service} if image else {})
    painted = {"@type": "oa:Annotation", "motivation": "sc:painting", "resource": resource, "on": canvas}
    return {"@id": canvas, "@type": "sc:Canvas", "height": 1000, "width": 750, "images": [painted]}


def manifest3(name: str, images: list[str]) -> dict[str, Any]:
    """The same in Presentation 3.0."""
    return {
        "@context": "http://iiif.io/api/presentation/3/context.json",
        "id": f"{IIIF}/{name}/manifest",
        "type": "Manifest",
        "label": {"en": [name]},
        "items": [_canvas3(f"{IIIF}/{name}/canvas/{n}", image) for n, image in enumerate(images)],
    }


def _canvas3(canvas: str, image: str) -> dict[str, Any]:
    service = [{"id": f"{IIIF}/image/{image}", "type": "ImageService3", "profile": "level1"}]
    body = {"id": f"{IIIF}/{image}.jpg", "type": "Image"} | ({"service": service} if image else {})
    painted = {"id": f"{canvas}/image", "type": "Annotation", "motivation": "painting", "body": body, "target": canvas}
    page = {"id": f"{canvas}/page", "type": "AnnotationPage", "items": [painted]}
    return {"id": canvas, "type": "Canvas", "height": 1000, "width": 750, "items": [page]}


def collection3(name: str, members: list[str], kind: str = "Manifest") -> dict[str, Any]:
    """A collection of the manifests or collections at the addresses."""
    items = [{"id": address, "type": kind, "label": {"en": ["?"]}} for address in members]
    return {"id": f"{IIIF}/{name}", "type": "Collection", "label": {"en": [name]}, "items": items}
