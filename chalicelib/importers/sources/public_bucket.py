"""Listing a bucket that everybody may list (contract importers.md §4.1; AWS: "ListObjectsV2", REST)."""

from urllib.parse import quote, unquote_plus
from xml.etree.ElementTree import Element, ParseError

from chalicelib.core.import_gathering import Listing, TryLater, Web
from chalicelib.core.import_reading import Unreadable
from chalicelib.importers.answers import asked, refuse_status

_SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


def listed(web: Web, bucket: str, prefix: str, after: str) -> Listing:
    """Up to 1,000 keys behind `after`. Raises Unreadable, TryLater."""
    where = f"The bucket {bucket}"
    query = f"list-type=2&encoding-type=url&prefix={quote(prefix)}&start-after={quote(after)}"
    answer = asked(web, f"https://{bucket}.s3.amazonaws.com/?{query}", where)
    refuse_status(answer.status, answer.headers, where)
    return _listing(answer.body, where)


def _listing(body: bytes, where: str) -> Listing:
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(body)
    except (ParseError, ValueError) as error:  # defusedxml's errors are ValueErrors
        raise Unreadable(f"{where} did not answer with a list of its objects: {error}.") from error
    if root.tag != f"{_SPACE}ListBucketResult":
        raise Unreadable(f"{where} did not answer with a list of its objects: is it a bucket in Amazon S3?")
    found = [unquote_plus(_text(item, "Key")) for item in root.iter(f"{_SPACE}Contents")]
    more = _text(root, "IsTruncated") == "true"
    if more and not found:
        raise TryLater(f"{where} said that it has more objects and listed none.")
    return Listing(found, more)


def _text(element: Element, name: str) -> str:
    return element.findtext(f"{_SPACE}{name}") or ""
