"""`frappe.geo.utils`: documents as points and shapes on a map."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..context import Context
from ..document import lists
from ..errors import BadRequestError, ValidationError
from ..protocol import parse_json
from ..utils import flt
from ..values import Values
from ..whitelist import method


@method("frappe.geo.utils.get_coords")
def get_coords(ctx: Context, doctype: str, filters: object = None, type: str = "coordinates") -> Values:
    """The documents that the caller may read as GeoJSON, each feature with their `name` in its properties: by the field
    `location` (`type` is `location_field`) or by `latitude` and `longitude` (`coordinates`), degrees.

    Raises ValidationError for a DocType without such fields. One without a place is left out.
    """
    if type not in KINDS:
        raise BadRequestError.told(f"type is one of {', '.join(KINDS)}")
    fields, features = KINDS[type]
    meta = ctx.meta(doctype)
    if not all(meta.has_field(each) for each in fields):
        raise ValidationError.told(f"{meta.name} has no {' and '.join(fields)}, and so no place on a map")
    rows = lists.get_list(ctx, meta.name, ["name", *fields], parse_json(filters, "filters"), limit=None)
    return {"type": "FeatureCollection", "features": [each for row in rows for each in features(row)]}


def _shapes(row: Values) -> Iterator[Values]:
    """The features of a Geolocation field; nothing of a text that is none."""
    try:
        found = parse_json(row.get("location") or "{}", "location")
    except BadRequestError:
        return
    features = found.get("features") if isinstance(found, dict) else None
    for each in features if isinstance(features, list) else ():
        if isinstance(each, dict):
            said = each.get("properties")
            yield {**each, "properties": {**(said if isinstance(said, dict) else {}), "name": row["name"]}}


def _points(row: Values) -> Iterator[Values]:
    """A point, unless the place is not known. Frappe has one then without a place, at which maps stop."""
    place = [row.get("longitude"), row.get("latitude")]  # GeoJSON's order
    if all(each not in (None, "") for each in place):
        coordinates = [flt(each) for each in place]
        geometry = {"type": "Point", "coordinates": coordinates}
        yield {"type": "Feature", "properties": {"name": row["name"]}, "geometry": geometry}


KINDS: dict[str, tuple[tuple[str, ...], Callable[[Values], Iterator[Values]]]] = {
    "location_field": (("location",), _shapes),
    "coordinates": (("latitude", "longitude"), _points),
}
"""What a map asks for -> the fields that are read, and what is made of a row."""
