"""`frappe.desk.doctype.tag.tag.*`: a document is tagged, several at once too, and what has a tag is found."""

from __future__ import annotations

from .. import document, permissions
from ..context import Context
from ..doctype import naming
from ..document import access, lists, schema
from ..document.base_document import BaseDocument
from ..errors import BadRequestError, ValidationError
from ..utils import cstr
from ..values import Values
from ..whitelist import method
from .asking import json_list, load_for, name_list, require_any, require_few

_TAG = "frappe.desk.doctype.tag.tag"


@method(f"{_TAG}.add_tags", methods=["POST", "PUT"])
def add_tags(ctx: Context, tags: object, dt: str, docs: object, color: object = None) -> None:
    """Give each tag to each document."""
    ctx.store.database.begin_write()
    wanted = json_list(tags, "tags")
    if not all(isinstance(each, str) for each in wanted):
        raise BadRequestError.told("tags is a list of texts")
    names = name_list(docs, "docs") if wanted else []
    require_few("tags for docs", wanted, names)
    for name in names:
        load_for(ctx, dt, name)
        for tag in wanted:
            add_tag(ctx, tag, dt, name)


@method(f"{_TAG}.get_tagged_docs")
def get_tagged_docs(ctx: Context, doctype: str, tag: str) -> list[list[object]]:
    """The names of documents whose tags are like the text, a list in each: `%red%` finds `red` among others."""
    require_any(ctx, ctx.meta(doctype))
    rows: list[list[object]] = lists.get_list(
        ctx, doctype, ["name"], [["_user_tags", "like", tag]], limit=None, as_list=True
    )
    return rows


@method(f"{_TAG}.get_documents_for_tag")
def get_documents_for_tag(ctx: Context, tag: str) -> list[dict[str, object]]:
    """What has a tag, given as `#tag`: {doctype, name, content}, as far as the caller may read it."""
    # Frappe takes the first character for a #, whatever it is
    rows = lists.get_list(ctx, "Tag Link", ["document_type", "document_name"], {"tag": tag[1:]})
    found: list[Values] = []
    for doctype in dict.fromkeys(cstr(row["document_type"]) for row in rows):
        found += _titled(ctx, doctype, [row["document_name"] for row in rows if row["document_type"] == doctype])
    return found


def _titled(ctx: Context, doctype: str, names: list[object]) -> list[Values]:
    """Those of the documents that the caller may read, with their titles."""
    if not ctx.has_doctype(doctype) or permissions.rows(ctx, ctx.meta(doctype)) is None:
        return []
    title = ctx.meta(doctype).get_title_field()
    shown = title if permissions.may_read_field(ctx, ctx.meta(doctype), title) else "name"
    rows = lists.get_list(
        ctx, doctype, ["name", f"{shown} as title"], {"name": ["in", names]}, order_by="name", limit=None
    )
    return [{"doctype": doctype, "name": row["name"], "content": row["title"]} for row in rows]


@method(f"{_TAG}.get_tags_list_for_awesomebar")
def get_tags_list_for_awesomebar(ctx: Context) -> list[str]:
    """Every tag."""
    return [row["name"] for row in lists.get_list(ctx, "Tag", order_by="name", limit=None)]


@method("frappe.desk.doctype.tag.tag.add_tag", methods=["POST", "PUT"])
def add_tag(ctx: Context, tag: str, dt: str, dn: object, color: object = None) -> str:
    """Tag a document."""
    naming.check_name(ctx.meta("Tag"), tag)
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, dt, dn, "write")
    tags = _tags(doc)
    if tag not in tags:
        _set_tags(ctx, doc, [*tags, tag])
    return tag


@method("frappe.desk.doctype.tag.tag.remove_tag", methods=["POST", "PUT"])
def remove_tag(ctx: Context, tag: str, dt: str, dn: object) -> None:
    """Take a tag off."""
    ctx.store.database.begin_write()
    doc = access.load_for(ctx, dt, dn, "write")
    _set_tags(ctx, doc, [each for each in _tags(doc) if each != tag])


def _tags(doc: BaseDocument) -> list[str]:
    return [each for each in cstr(doc.get("_user_tags")).split(",") if each]


def _set_tags(ctx: Context, doc: BaseDocument, tags: list[str]) -> None:
    for tag in tags:
        if "," in tag or len(tag) > 140:
            raise ValidationError.told("A tag has no comma and at most 140 characters")
        schema.insert_record(ctx, "Tag", cstr(naming.check_name(ctx.meta("Tag"), tag)))
    document.set_values(ctx, doc.meta, doc.name, {"_user_tags": ",".join(tags)})
    ctx.store.database.execute(
        'DELETE FROM "tabTag Link" WHERE document_type = ? AND document_name = ?', (doc.doctype, cstr(doc.name))
    )
    for tag in tags:
        schema.insert_record(
            ctx,
            "Tag Link",
            f"{doc.doctype}-{doc.name}-{tag}"[:140],
            document_type=doc.doctype,
            document_name=cstr(doc.name),
            tag=tag,
        )


@method("frappe.desk.doctype.tag.tag.get_tags")
def get_tags(ctx: Context, doctype: str, txt: str = "") -> list[str]:
    """Tags in use that have the text; none for whoever may not read the documents, whether or not there are some."""
    if not ctx.has_doctype(doctype) or not permissions.judge(ctx, meta := ctx.meta(doctype), "read").allowed:
        return []
    rows = ctx.store.database.rows(
        'SELECT DISTINCT tag FROM "tabTag Link" WHERE document_type = ? AND tag LIKE ? ORDER BY tag LIMIT 100',
        (meta.name, f"%{txt}%"),
    )
    return [row[0] for row in rows]
