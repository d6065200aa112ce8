"""What apps call when they are installed and beside their pages: roles, first records, pictures, charts, private files."""

from __future__ import annotations

import datetime
import importlib
import types
from collections.abc import Iterator
from typing import Any

import pytest
from app_folder import doctype
from werkzeug.test import EnvironBuilder

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import DoesNotExistError, PermissionError, ValidationError
from frappe_lite.face import images
from frappe_lite.face.apps import loading as apps
from frappe_lite.face.missing import NotProvidedError

apps.provide_frappe()

REQUIRED = {"fieldname": "title", "fieldtype": "Data", "reqd": 1}
PARENT = {"fieldname": "parent_branch", "fieldtype": "Link", "options": "Branch", "reqd": 1}


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site()
    with site.acting() as made:
        store_doctype(made, doctype("Room", REQUIRED, ("colour", "Data"), autoname="field:title"))
        store_doctype(made, doctype("Branch", REQUIRED, PARENT, autoname="field:title"))
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


@pytest.fixture
def make_records(frappe: Any) -> Any:
    return importlib.import_module("frappe.desk.page.setup_wizard.setup_wizard").make_records


# --- roles and first records ---


def test_who_sets_up_a_site_gets_every_role_that_people_have(ctx: Context) -> None:
    """Not those that everybody has, nor those of customers and of the Administrator."""
    document.new(ctx, {"doctype": "Role", "role_name": "Customer"}).insert()
    document.new(ctx, {"doctype": "User", "email": "ann@example.com", "first_name": "Ann"}).insert()
    setup = importlib.import_module("frappe.desk.page.setup_wizard.setup_wizard")
    setup.add_all_roles_to("ann@example.com")
    held = {row.role for row in document.load(ctx, "User", "ann@example.com").roles}
    assert {"System Manager", "Website Manager"} <= held
    assert not held & {"All", "Guest", "Desk User", "Administrator", "Customer"}


@pytest.mark.parametrize(
    ("records", "names", "logged"),
    [
        pytest.param([{"title": "a"}, {"title": "b"}], ["a", "b"], 0, id="each is made"),
        pytest.param([{"title": "a"}, {"title": "a", "colour": "red"}], ["a"], 0, id="one that is there stays"),
        pytest.param(
            [{"colour": "red"}, {"title": "b"}], ["b"], 1, id="one that is refused is logged, the next is made"
        ),
        pytest.param(
            [{"title": "a", "__condition": lambda: False}], [], 0, id="one whose condition does not hold is not"
        ),
        pytest.param([{"title": "a", "__condition": lambda: True}], ["a"], 0, id="one whose condition holds is"),
        pytest.param([], [], 0, id="none"),
    ],
)
def test_first_records(frappe: Any, make_records: Any, records: Any, names: list[str], logged: int) -> None:
    make_records([{"doctype": "Room", **each} for each in records])
    assert frappe.get_all("Room", pluck="name", order_by="name") == names
    assert frappe.db.count("Error Log") == logged
    assert frappe.get_message_log() == []


@pytest.mark.parametrize(
    ("kind", "handled", "logged"),
    [
        pytest.param(ValidationError, 1, 0, id="the error that the record foresees"),
        pytest.param(PermissionError, 0, 1, id="another one"),
    ],
)
def test_a_record_may_foresee_its_error(frappe: Any, make_records: Any, kind: Any, handled: int, logged: int) -> None:
    calls: list[int] = []
    make_records([{"doctype": "Room", "__exception": {"exception": kind, "handler": lambda: calls.append(1)}}])
    assert (len(calls), frappe.db.count("Error Log")) == (handled, logged)


def test_the_root_of_a_tree_needs_no_parent(frappe: Any, make_records: Any) -> None:
    make_records([{"doctype": "Branch", "title": "root"}])
    assert frappe.db.exists("Branch", "root")


def test_what_a_guest_may_not_write_is_made_all_the_same(frappe: Any, make_records: Any) -> None:
    frappe.set_user("Guest")
    make_records([{"doctype": "Room", "title": "hall"}])
    assert frappe.db.exists("Room", "hall")


# --- what a page's server asks ---


@pytest.mark.parametrize(
    ("user", "allow_guest", "whitelisted", "refused"),
    [
        pytest.param("Administrator", False, True, False, id="who is signed in calls a whitelisted function"),
        pytest.param("Guest", True, True, False, id="a guest calls one for guests"),
        pytest.param("Guest", False, True, True, id="and no other"),
        pytest.param("Administrator", False, False, True, id="nobody calls what is not whitelisted"),
    ],
)
def test_is_whitelisted(frappe: Any, user: str, allow_guest: bool, whitelisted: bool, refused: bool) -> None:
    def called() -> None:
        """Nothing."""

    function = frappe.whitelist(allow_guest=allow_guest)(called) if whitelisted else called
    frappe.set_user(user)
    if refused:
        with pytest.raises(PermissionError, match="not whitelisted"):
            frappe.is_whitelisted(function)
    else:
        assert frappe.is_whitelisted(function) is None


@pytest.mark.parametrize(
    ("given", "doctypes"),
    [
        pytest.param({"doctype": "Room"}, {"Room"}, id="of one DocType"),
        pytest.param({}, {"Room", "Branch"}, id="of every DocType that has the field"),
    ],
)
def test_a_property_of_a_field_is_set(frappe: Any, ctx: Context, given: dict[str, str], doctypes: set[str]) -> None:
    for name in ("Other", "Third"):
        store_doctype(ctx, doctype(name, ("something", "Data")))
    args = {"fieldname": "title", "property": "in_preview", "value": "1", "property_type": "Check", **given}
    frappe.make_property_setter(args, is_system_generated=False)
    found = set(frappe.get_all("Property Setter", {"property": "in_preview", "field_name": "title"}, pluck="doc_type"))
    assert found & {"Room", "Branch", "Other", "Third"} == doctypes
    assert all(ctx.meta(name).field("title").in_preview == 1 for name in doctypes)


def test_the_build_version_follows_the_apps(frappe: Any, ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    before = frappe.utils.get_build_version()
    assert frappe.utils.get_build_version() == before != ""
    monkeypatch.setattr(ctx.site.apps["frappe"], "version", "99.0")
    assert frappe.utils.get_build_version() != before


def test_no_second_factor_is_asked_for(frappe: Any) -> None:
    module = importlib.import_module("frappe.twofactor")
    assert (module.two_factor_is_enabled(), module.should_run_2fa("Administrator")) == (False, False)


def test_push_notifications_are_switched_off_and_say_so(frappe: Any) -> None:
    push = importlib.import_module("frappe.push_notification").PushNotification("shop")
    assert (push.is_enabled(), push.project_name) == (False, "shop")
    with pytest.raises(NotProvidedError, match=r"PushNotification\.subscribe_topic"):
        push.subscribe_topic("ann@example.com", "news")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        pytest.param("seen_*", {"seen_ann", "seen_bob"}, id="a pattern"),
        pytest.param("seen_a", {"seen_ann"}, id="a beginning"),
        pytest.param("nothing", set(), id="none"),
    ],
)
def test_keys_of_the_cache_are_as_redis_has_them(frappe: Any, pattern: str, found: set[str]) -> None:
    """In bytes, behind the name of the database: apps decode them, and take what stands behind the bar."""
    for key in ("seen_ann", "seen_bob", "other"):
        frappe.cache.set_value(key, 1)
    keys = frappe.cache.get_keys(pattern)
    assert {key.decode().split("|")[1] for key in keys} == found


# --- charts ---

FIRST, LAST = datetime.date(2026, 1, 1), datetime.date(2026, 1, 4)
ROWS = [["2026-01-01", 4, 2], ["2026-01-03", 6, 3], [datetime.datetime(2026, 1, 3, 12), 3, 1]]


@pytest.mark.parametrize(
    ("data", "grain", "kind", "values"),
    [
        pytest.param(ROWS, "Daily", "Sum", [4, 0, 9, 0], id="sums by day"),
        pytest.param(ROWS, "Daily", "Count", [2, 0, 4, 0], id="how many by day"),
        pytest.param(ROWS, "Daily", "Average", [2, 0, 2.25, 0], id="the average by day, 0 where there is nothing"),
        pytest.param(ROWS, "Monthly", "Sum", [13], id="by month"),
        pytest.param([], "Daily", "Sum", [0, 0, 0, 0], id="nothing at all"),
        pytest.param([["2026-02-01", 4, 2]], "Daily", "Sum", [0, 0, 0, 0], id="what lies after the end is not counted"),
        pytest.param(
            [["2025-12-31", 4, 2]], "Daily", "Sum", [4, 0, 0, 0], id="Frappe: what lies before is the first's"
        ),
        pytest.param([["2026-01-02", None, None]], "Daily", "Sum", [0, 0, 0, 0], id="nulls"),
    ],
)
def test_counting_by_time(frappe: Any, data: list[Any], grain: str, kind: str, values: list[float]) -> None:
    module = importlib.import_module("frappe.desk.doctype.dashboard_chart.dashboard_chart")
    found = module.get_result(data, grain, FIRST, LAST, kind)
    assert [row[1] for row in found] == values
    assert found[0][0] == (FIRST if grain == "Daily" else datetime.date(2026, 1, 31))


# --- pictures ---


class Picture:
    """What Pillow's `open` gives, as far as it is asked."""

    format, size, mode = "PNG", (1000, 500), "RGB"

    def __init__(self, written: bytes):
        self.written, self.asked = written, {}

    def getexif(self) -> bytes:
        return b"exif"

    def thumbnail(self, size: tuple[float, float], _how: Any) -> None:
        self.asked["size"] = size

    def save(self, target: Any, **how: Any) -> None:
        self.asked.update(how)
        target.write(self.written)


@pytest.fixture
def pillow(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pillow is the app's own package; what is tested here is what it is asked."""

    def use(picture: Picture | None) -> None:
        def opened(content: Any) -> Picture:
            if picture is None or not content.getvalue():
                raise OSError("cannot identify image file")
            return picture

        module = types.SimpleNamespace(open=opened, Resampling=types.SimpleNamespace(LANCZOS=1))
        monkeypatch.setattr(images, "_pillow", lambda: module)

    return use


@pytest.mark.parametrize(
    ("written", "content_type", "result"),
    [
        pytest.param(b"small", "image/png", b"small", id="a smaller one takes its place"),
        pytest.param(b"much larger than before", "image/png", b"as it was", id="a larger one does not"),
        pytest.param(None, "image/png", b"as it was", id="what is no picture stays"),
        pytest.param(b"small", "image/svg+xml", b"as it was", id="a drawing stays"),
    ],
)
def test_pictures_are_made_smaller(frappe: Any, pillow: Any, written: Any, content_type: str, result: bytes) -> None:
    pillow(Picture(written) if written else None)
    optimize_image = importlib.import_module("frappe.utils.image").optimize_image
    assert optimize_image(b"as it was", content_type) == result
    assert bool(frappe.get_message_log()) == (written is None)


@pytest.mark.parametrize(
    ("most", "size"),
    [
        pytest.param({}, (800, 400), id="to four fifths"),
        pytest.param({"max_width": 300, "max_height": 300}, (300, 300), id="to what is said"),
        pytest.param({"max_width": 10, "max_height": 10}, (200, 200), id="never below 200"),
    ],
)
def test_how_small_pictures_get(frappe: Any, pillow: Any, most: dict[str, int], size: tuple[int, int]) -> None:
    pillow(picture := Picture(b"x"))
    importlib.import_module("frappe.utils.image").optimize_image(b"as it was", "image/jpeg", **most)
    assert (picture.asked["size"], picture.asked["format"], picture.asked["exif"]) == (size, "jpeg", b"exif")


def test_a_picture_of_the_site_is_opened_by_its_address(frappe: Any, ctx: Context, pillow: Any) -> None:
    pillow(Picture(b""))
    values = {"doctype": "File", "file_name": "cat.PNG", "content": b"\x89PNG\r\n\x1a\nx", "is_private": 1}
    url = document.new(ctx, values).insert().file_url
    get_local_image = importlib.import_module("frappe.core.doctype.file.utils").get_local_image
    image, start, ending = get_local_image(url)
    assert (image.size, f"{start}.png", ending) == ((1000, 500), url.replace("PNG", "png"), "png")


def test_what_is_no_picture_is_refused(frappe: Any, pillow: Any) -> None:
    pillow(None)
    get_local_image = importlib.import_module("frappe.core.doctype.file.utils").get_local_image
    with pytest.raises(ValidationError, match="Unable to read file format"):
        get_local_image("/files/none.png")


# --- private files ---


@pytest.fixture
def letter(ctx: Context) -> str:
    values = {"doctype": "File", "file_name": "letter.txt", "content": b"Dear Ann", "is_private": 1}
    return str(document.new(ctx, values).insert().file_url)


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        pytest.param(None, "letter.txt", id="under its own name"),
        pytest.param("to-ann.txt", "to-ann.txt", id="under another"),
    ],
)
def test_an_app_sends_a_private_file_to_whom_it_lets(
    frappe: Any, ctx: Context, letter: str, filename: str | None, name: str
) -> None:
    frappe.set_user("Guest")
    ctx.request.environ.update(EnvironBuilder().get_environ())
    send = importlib.import_module("frappe.utils.response").send_private_file
    response = send(letter.removeprefix("/private"), filename=filename)
    body = b"".join(response.iter_encoded())
    assert (body, response.headers["Content-Disposition"]) == (b"Dear Ann", f"inline; filename={name}")


@pytest.mark.parametrize("path", ["/files/none.txt", "../../etc/passwd", ""])
def test_a_private_file_that_is_not_there(frappe: Any, letter: str, path: str) -> None:
    send = importlib.import_module("frappe.utils.response").send_private_file
    with pytest.raises(DoesNotExistError):
        send(path)
