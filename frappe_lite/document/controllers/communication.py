"""Communication: a mail, a call, a message."""

from __future__ import annotations

from ...access import identity
from ...errors import InvalidEmailAddressError
from ...utils import cstr, name_and_address, strip_html, validate_email_address
from .. import comments
from ..life import Document
from . import correspondence


class CommunicationController(Document):
    """A mail, a call, a message; what it is about is linked."""

    subject: object
    sender: object

    def validate(self) -> None:
        values = self.__dict__
        values["subject"] = values.get("subject") or strip_html(cstr(self.content)[:141])
        values["user"] = values.get("user") or self.ctx.user
        if not self.sent_or_received:
            values.update(seen=1, sent_or_received="Sent")
        if self.sender and not self.sender_full_name:
            values["sender_full_name"], values["sender"] = self._sender()
        if self.is_new():
            linked = self.reference_doctype and self.reference_name
            values["status"] = (
                "Linked" if linked else "Open" if self.communication_type == "Communication" else "Closed"
            )
        self._drop_doubles()

    def _sender(self) -> tuple[str, str | None]:
        """The name and the address of who is said to send it: `Ann <ann@x.org>`, an address, or a user.

        Raises InvalidEmailAddressError for what is sent from no address.
        """
        said = cstr(self.sender)
        if said in (identity.ADMINISTRATOR, identity.GUEST):
            user = self.ctx.store.load_row(self.ctx.meta("User"), said) or {}
            return identity.full_name(self.ctx, said), user.get("email") if said == identity.ADMINISTRATOR else None
        name, address = name_and_address(said)
        if self.sent_or_received == "Sent" and not validate_email_address(address):
            raise InvalidEmailAddressError.told(f"{said} is not a valid Email Address")
        return name or identity.full_name(self.ctx, address), address

    def _drop_doubles(self) -> None:
        seen = {(row.link_doctype, row.link_name): row for row in reversed(self.timeline_links)}
        if len(seen) < len(self.timeline_links):
            self.__dict__["timeline_links"] = list(reversed(seen.values()))

    def after_insert(self) -> None:
        if self.communication_type == "Comment":
            comments.remember(self.ctx, self.__dict__)

    def on_update(self) -> None:
        correspondence.tell(self)

    def add_link(self, link_doctype: str, link_name: object, autosave: bool = False) -> None:
        """Link a document to the message."""
        self.append("timeline_links", {"link_doctype": link_doctype, "link_name": link_name})
        if autosave:
            self.save(ignore_permissions=True)

    def get_links(self) -> list[object]:
        """The linked documents."""
        return list(self.timeline_links)

    def remove_link(
        self, link_doctype: str, link_name: object, autosave: bool = False, ignore_permissions: bool = True
    ) -> None:
        """Link a document no longer."""
        kept = [
            row
            for row in self.timeline_links
            if (row.link_doctype, cstr(row.link_name)) != (link_doctype, cstr(link_name))
        ]
        self.__dict__["timeline_links"] = kept
        if autosave:
            self.save(ignore_permissions=ignore_permissions)
