"""Places, time zones and languages: `frappe.geo.*`, `frappe.translate.*`, `frappe.client.get_time_zone`."""

from __future__ import annotations

import functools
import zoneinfo
from pathlib import Path

from werkzeug.wrappers import Response

from ..context import Context
from ..utils import cstr
from ..whitelist import method

COUNTRIES, ZONES = "iso3166.tab", "zone.tab"
"""Tables of the time zone database, which systems and the package tzdata have: code and country, code and zone."""


@method("frappe.client.get_time_zone", allow_guest=True)
def get_time_zone(ctx: Context) -> dict[str, object]:
    """The site's time zone: `{"time_zone": …}`."""
    return {"time_zone": ctx.setting("time_zone") or None}


@method("frappe.geo.country_info.get_country_timezone_info", allow_guest=True)
def get_country_timezone_info(ctx: Context) -> dict[str, object]:
    """Countries with their codes and time zones, as this machine knows them, and all time zones.

    {country_info, all_timezones}.
    """
    return {"country_info": _countries(), "all_timezones": sorted(zoneinfo.available_timezones())}


@functools.cache
def _countries() -> dict[str, dict[str, object]]:
    zones: dict[str, list[str]] = {}
    for code, _place, zone in _rows(ZONES, 3):
        zones.setdefault(code, []).append(zone)
    return {
        name: {"code": code.lower(), "timezones": sorted(zones.get(code, []))}
        for code, name in sorted(_rows(COUNTRIES, 2), key=lambda row: row[1])
    }


def _rows(table: str, columns: int) -> list[list[str]]:
    """The rows of a table of the time zone database; none where the machine has no such table."""
    found = next((path for folder in zoneinfo.TZPATH if (path := Path(folder) / table).is_file()), None)
    lines = found.read_text(encoding="utf-8").splitlines() if found else []
    rows = [line.split("\t")[:columns] for line in lines if line and not line.startswith("#")]
    return [row for row in rows if len(row) == columns]


@method("frappe.translate.get_app_translations", allow_guest=True)
def get_app_translations(ctx: Context) -> dict[str, str]:
    """The site's texts in the caller's language: there are no translations, so none."""
    return {}


@method("frappe.translate.load_all_translations", allow_guest=True)
def load_all_translations(ctx: Context, lang: str = "", hash: str = "") -> Response:
    """The same for pages that keep it by its hash: the texts alone, with nothing around them."""
    return Response(b"{}", mimetype="application/json")


@method("frappe.translate.get_all_languages", allow_guest=True)
def get_all_languages(ctx: Context, with_language_name: bool = False) -> list[object]:
    """The languages of the site: its own alone."""
    code = cstr(ctx.setting("language")) or "en"
    return (
        [{"language_code": code, "language_name": "English" if code == "en" else code}]
        if with_language_name
        else [code]
    )
