"""Files that hang on documents: how many, of which endings, and what an Attach field names."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_folder import doctype

import frappe_lite
from frappe_lite import document
from frappe_lite.context import Context
from frappe_lite.document.schema import store_doctype
from frappe_lite.errors import AttachmentLimitReached, DoesNotExistError, FileTypeNotAllowed, ValidationError
from frappe_lite.face.apps import loading as apps
from frappe_lite.parts.files.access import may_touch_file

apps.provide_frappe()
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


@pytest.fixture(scope="module")
def world() -> Iterator[frappe_lite.Site]:
    site = frappe_lite.Site(files="database")
    with site.acting() as made:
        fields = ({"fieldname": "photo", "fieldtype": "Attach"}, ("title", "Data"))
        rules = [{"role": "All", "read": 1, "write": 1, "create": 1}]
        store_doctype(made, {**doctype("Animal", *fields), "permissions": rules})
        store_doctype(made, {**doctype("Small", *fields), "permissions": rules, "max_attachments": 1})
        store_doctype(made, {**doctype("Open", *fields), "permissions": rules, "make_attachments_public": 1})
        for name in ("ann", "ben"):
            document.new(made, {"doctype": "User", "email": f"{name}@x.org", "first_name": name}).insert()
    yield site
    site.close()


@pytest.fixture
def frappe(ctx: Context) -> Any:
    return importlib.import_module("frappe")


def new_file(frappe: Any, name: str = "a.txt", **values: Any) -> Any:
    return frappe.get_doc({"doctype": "File", "file_name": name, "content": f"content of {name}", **values}).insert()


# --- an Attach field --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_private", [0, 1])
def test_a_file_that_hangs_nowhere_hangs_on_the_document_whose_field_names_it(frappe: Any, is_private: int) -> None:
    file = new_file(frappe, is_private=is_private)
    animal = frappe.get_doc(doctype="Animal", photo=file.file_url).insert()
    file.reload()
    assert (file.attached_to_doctype, file.attached_to_name, file.attached_to_field) == ("Animal", animal.name, "photo")


def test_one_that_hangs_elsewhere_stays_there(frappe: Any) -> None:
    first, second = (frappe.get_doc(doctype="Animal").insert() for _ in range(2))
    file = new_file(frappe, attached_to_doctype="Animal", attached_to_name=first.name)
    second.photo = file.file_url
    second.save()
    assert frappe.db.get_value("File", file.name, "attached_to_name") == first.name


def test_nobody_gives_away_the_file_of_another(frappe: Any) -> None:
    frappe.set_user("ann@x.org")
    file = new_file(frappe, is_private=1)
    frappe.set_user("ben@x.org")
    animal = frappe.get_doc(doctype="Animal", photo=file.file_url).insert()
    assert animal.photo == file.file_url
    assert frappe.db.get_value("File", file.name, "attached_to_name") is None
    assert not frappe.get_doc("File", file.name).is_downloadable()


# --- how many, and which ----------------------------------------------------------------------------------


def test_a_document_has_as_many_files_as_its_doctype_says(frappe: Any) -> None:
    on = {"attached_to_doctype": "Small", "attached_to_name": frappe.get_doc(doctype="Small").insert().name}
    new_file(frappe, "one.txt", **on)
    with pytest.raises(AttachmentLimitReached, match="Maximum Attachment Limit of <strong>1</strong>"):
        new_file(frappe, "two.txt", **on)
    other = {**on, "attached_to_name": frappe.get_doc(doctype="Small").insert().name}
    assert new_file(frappe, "two.txt", **other).name


@pytest.mark.parametrize(
    ("name", "allowed", "is_taken"),
    [
        pytest.param("a.png", "", True, id="no list takes all"),
        pytest.param("a.png", "JPG\nCSV", False, id="none of the list"),
        pytest.param("a.csv", "JPG\nCSV", True, id="one of the list"),
        pytest.param("a.CSV", "jpg\n .csv ", True, id="whatever the case, with a dot too"),
        pytest.param("csv", "CSV", False, id="no ending at all"),
    ],
)
def test_a_site_takes_the_endings_of_its_settings(frappe: Any, name: str, allowed: str, is_taken: bool) -> None:
    settings = frappe.get_doc("System Settings")
    settings.allowed_file_extensions = allowed
    settings.save()
    if is_taken:
        assert new_file(frappe, name).file_name == name
    else:
        with pytest.raises(FileTypeNotAllowed):
            new_file(frappe, name)


# --- what a File says of itself ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said", "is_private"),
    [
        pytest.param("/private/files/q.txt", 0, 1, id="a private address makes it private"),
        pytest.param("/files/q.txt", 0, 0, id="a public one leaves it public"),
        pytest.param("/files/q.txt", 1, 1, id="and takes no privacy away"),
    ],
)
def test_where_content_shall_lie_says_how_private_it_is(frappe: Any, url: str, said: int, is_private: int) -> None:
    file = frappe.get_doc({"doctype": "File", "file_url": url, "content": "x", "is_private": said}).insert()
    assert file.is_private == is_private
    assert file.file_url.startswith("/private/") is bool(is_private)


def test_addresses_endings_and_content(frappe: Any) -> None:
    public, private = new_file(frappe, "a.txt"), new_file(frappe, "b.txt", is_private=1)
    assert public.unique_url == public.file_url
    assert private.unique_url == f"{private.file_url}?fid={private.name}"
    assert public.get_extension() == ("a", ".txt")
    assert (public.is_remote_file, public.exists_on_disk()) == (False, True)
    link = frappe.get_doc({"doctype": "File", "file_url": "https://x.org/a.png"}).insert()
    assert (link.is_remote_file, link.exists_on_disk()) == (True, False)
    with pytest.raises(DoesNotExistError):
        link.get_full_path()


@pytest.mark.parametrize(
    ("name", "ending"), [("a.csv", ".csv"), ("a.tar.gz", ".gz"), ("a", ""), ("a.b c", ""), ("a." + "x" * 40, "")]
)
@pytest.mark.parametrize("files", ["database", "folder"])
def test_a_program_reads_a_file_by_its_path(frappe: Any, tmp_path: Path, files: str, name: str, ending: str) -> None:
    """Apps hand the path to readers of sheets and pictures, which look at its ending; what was made for them goes with
    the site."""
    site = frappe_lite.Site(str(tmp_path / "a.db"), files=files)
    with site.acting():
        file = frappe.get_doc({"doctype": "File", "file_name": name, "content": "a,b"}).insert()
        [place] = map(Path, {file.get_full_path(), file.get_full_path()})
        assert (place.read_text(), place.name) == ("a,b", f"{file.content_hash}{ending}")
        assert place.parent.stat().st_mode & 0o077 == 0
    site.close()
    assert place.exists() is (files == "folder" and not ending)
    assert files == "database" or (tmp_path / "a.db-files" / file.content_hash[:2] / file.content_hash).exists()


def test_a_guest_reads_no_private_file_whatever_its_flags(frappe: Any) -> None:
    frappe.set_user("Guest")
    file = frappe.get_doc({"doctype": "File", "file_name": "g.txt", "content": "x", "is_private": 1})
    file.insert(ignore_permissions=True)
    assert not file.is_downloadable()
    assert may_touch_file(file.ctx, file, "read") is False


@pytest.mark.parametrize(("kind", "is_private"), [("Animal", 1), ("Open", 0)])
def test_an_image_in_a_comment_is_as_private_as_what_it_hangs_on(frappe: Any, kind: str, is_private: int) -> None:
    add_comment = importlib.import_module("frappe.desk.form.utils").add_comment
    name = frappe.get_doc(doctype=kind).insert().name
    comment = add_comment(kind, name, f'<p><img src="{PIXEL}"></p>')
    file = frappe.get_last_doc("File", {"attached_to_doctype": kind, "attached_to_name": name})
    assert (file.is_private, file.file_url in comment.content) == (is_private, True)


def test_a_folder_that_moves_takes_along_what_lies_in_it(frappe: Any) -> None:
    api = importlib.import_module("frappe.core.api.file")
    for name, folder in (("One", "Home"), ("Two", "Home"), ("In", "Home/One"), ("Deep", "Home/One/In")):
        api.create_new_folder(name, folder)
    file = new_file(frappe, "deep.txt", folder="Home/One/In/Deep")
    api.move_file([{"name": "Home/One/In"}], "Home/Two", "Home/One")
    assert frappe.db.get_value("File", file.name, "folder") == "Home/Two/In/Deep"
    assert frappe.db.exists("File", "Home/Two/In") and not frappe.db.exists("File", "Home/One/In")
    with pytest.raises(ValidationError, match="into itself"):
        api.move_file([{"name": "Home/Two"}], "Home/Two/In", "Home")
