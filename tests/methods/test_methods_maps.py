"""Documents on a map: points and shapes, of those that the caller may read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import BaseOffice
from frappe_lite import document
from frappe_lite.context import Context

SHAPE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
AREA = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"radius": 5}, "geometry": SHAPE}]}
BARE = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": SHAPE}, "no feature"]}
ROLES = [{"role": "Task User", "read": 1, "write": 1, "create": 1, "if_owner": 1}, {"role": "Task Manager", "read": 1}]


def place(name: str, *fields: tuple[str, str]) -> dict[str, Any]:
    named = [{"fieldname": fieldname, "fieldtype": fieldtype} for fieldname, fieldtype in fields]
    return {
        "doctype": "DocType",
        "name": name,
        "custom": 1,
        "module": "Custom",
        "autoname": "prompt",
        "fields": named,
    } | {"permissions": ROLES}


class Office(BaseOffice):
    """Shops by their degrees and areas by their shapes; ann's, and one of bob's."""

    users = {"ann": ("Task User",), "bob": ("Task User",), "mia": ("Task Manager",), "website": ()}

    def fill(self, ctx: Context) -> None:
        degrees = ("latitude", "Float"), ("longitude", "Float"), ("kind", "Data")
        for each in (place("Shop", *degrees), place("Stall", ("latitude", "Data"), ("longitude", "Data"))):
            document.new(ctx, each).insert()
        document.new(ctx, place("Area", ("location", "Geolocation"))).insert()
        ann, bob = ctx.as_user("ann@x.org"), ctx.as_user("bob@x.org")
        for name, latitude, longitude, kind in (("A", 52.5, 13.25, "big"), ("B", -33, 0, "small")):
            values = {"latitude": latitude, "longitude": longitude, "kind": kind}
            document.new(ann, {"doctype": "Shop", **values}).insert(set_name=name)
        document.new(bob, {"doctype": "Shop", "latitude": 1, "longitude": 2}).insert(set_name="C")
        document.new(ann, {"doctype": "Stall", "latitude": "4.5", "longitude": "6"}).insert(set_name="S1")
        document.new(ann, {"doctype": "Stall"}).insert(set_name="S2")
        texts = {
            "none": None,
            "area": json.dumps(AREA),
            "bare": json.dumps(BARE),
            "text": "[52, 13",
            "list": "[]",
            "deep": "[" * 90_000,
        }
        texts |= {"number": '{"features": 1}', "odd": '{"features": [{"properties": "x"}, 2]}'}
        for name, location in texts.items():
            document.new(ann, {"doctype": "Area", "location": location}).insert(set_name=name)

    def ask(self, who: str, **params: Any) -> Any:
        return self.clients[who].get("/api/method/frappe.geo.utils.get_coords", query_string=params)

    def features(self, who: str, **params: Any) -> list[dict[str, Any]]:
        answer = self.ask(who, **params)
        assert answer.status_code == 200, answer.text
        assert answer.json["message"]["type"] == "FeatureCollection"
        return sorted(answer.json["message"]["features"], key=lambda each: each["properties"]["name"])


@pytest.mark.parametrize(
    ("who", "asked", "points"),
    [
        pytest.param("mia", {}, {"A": [13.25, 52.5], "B": [0, -33], "C": [2, 1]}, id="longitude first; 0 is a place"),
        pytest.param("ann", {}, {"A": [13.25, 52.5], "B": [0, -33]}, id="those that one may read"),
        pytest.param("mia", {"filters": '[["Shop", "kind", "=", "big", false]]'}, {"A": [13.25, 52.5]}, id="a list's filter"),
        pytest.param("mia", {"filters": '{"name": "C"}'}, {"C": [2, 1]}, id="an object"),
        pytest.param("mia", {"filters": '{"name": "D"}'}, {}, id="nothing"),
        pytest.param("ann", {"doctype": "Stall"}, {"S1": [6, 4.5]}, id="as text, and without a place"),
    ],
)  # fmt: skip
def test_points(office: Office, who: str, asked: dict[str, str], points: dict[str, list[float]]) -> None:
    found = office.features(who, **{"doctype": "Shop", "type": "coordinates", **asked})
    assert {each["properties"]["name"]: each["geometry"] for each in found} == {
        name: {"type": "Point", "coordinates": coordinates} for name, coordinates in points.items()
    }
    assert {each["type"] for each in found} <= {"Feature"}


def test_shapes_carry_the_name_of_their_document(office: Office) -> None:
    found = office.features("ann", doctype="Area", type="location_field")
    assert [each["properties"] for each in found] == [{"radius": 5, "name": "area"}, {"name": "bare"}, {"name": "odd"}]
    assert [each["geometry"] for each in found[:2]] == [SHAPE, SHAPE]
    assert office.features("bob", doctype="Area", type="location_field") == []


def test_a_place_of_a_level_that_may_not_be_read_is_none(office: Office) -> None:
    assert office.features("ann", doctype="User", type="location_field") == []


@pytest.mark.parametrize(
    ("who", "asked", "status", "says"),
    [
        pytest.param("website", {}, 403, "", id="who may read none"),
        pytest.param("guest", {}, 403, "", id="a guest"),
        pytest.param("mia", {"doctype": "Area"}, 417, "Area has no latitude and longitude", id="no such fields"),
        pytest.param("mia", {"type": "location_field"}, 417, "Shop has no location", id="no shapes"),
        pytest.param("mia", {"type": "address"}, 400, "location_field, coordinates", id="another type"),
        pytest.param("mia", {"filters": "[["}, 400, "filters", id="half a filter"),
        pytest.param("admin", {"doctype": "Nowhere"}, 404, "Nowhere", id="no DocType"),
    ],
)
def test_what_is_no_map(office: Office, who: str, asked: dict[str, str], status: int, says: str) -> None:
    answer = office.ask(who, **{"doctype": "Shop", "type": "coordinates", **asked})
    assert (answer.status_code, says in answer.text) == (status, True), answer.text
