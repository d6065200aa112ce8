"""Email Account: by which server mails go out, and as whom. Mails that come in are not fetched.

A mail goes by the account of its sender's address, or of the DocType that it is about, or by the default one, or by
`mail_server` and its like in `frappe.conf`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ... import document
from ...context import Context
from ...document import Document
from ...errors import FrappeError, ValidationError
from ...face.context import conf
from ...face.mail import plain
from ...face.people.passwords import get_decrypted_password
from ...query import Condition
from ...utils import cint, cstr, one_line, validate_email_address
from .outbox import outbox_of

DOCTYPE = "Email Account"
SERVICES = {
    "GMail": ("smtp.gmail.com", 587), "Outlook.com": ("smtp.office365.com", 587),
    "Sendgrid": ("smtp.sendgrid.net", 587),
    "SparkPost": ("smtp.sparkpostmail.com", 587), "Yahoo Mail": ("smtp.mail.yahoo.com", 587),
    "Yandex.Mail": ("smtp.yandex.com", 587),
}  # fmt: skip
"""Of services that the account names: the server and its port, with STARTTLS."""


@dataclass(frozen=True)
class Outgoing:
    """What it takes to send by an account. `name` is empty for the one of the configuration."""

    name: str
    address: str
    shown_name: str = ""
    host: str = ""
    port: int = 25
    encryption: str = ""
    """`TLS` from the first byte, `STARTTLS`, or nothing."""
    login: str = ""
    password: str = field(default="", repr=False)
    checks_certificate: bool = True
    is_always_sender: bool = False
    footer: str = ""
    signature: str = ""
    is_always_named: bool = False
    unsubscribing: bool = True


class EmailAccount(Document):
    """An account of a mail server."""

    default_outgoing: object
    smtp_port: object
    smtp_server: object
    use_ssl_for_outgoing: object
    use_tls: object

    def validate(self) -> None:
        """Raises ValidationError for an account by which nothing could be sent."""
        if cint(self.enable_incoming):
            self.ctx.say("Mails that come in are not fetched here: this account only sends")
        if not cint(self.enable_outgoing):
            self.default_outgoing = 0
            return
        if self.service in SERVICES and not self.smtp_server:
            self.smtp_server, self.smtp_port = SERVICES[self.service]
            self.use_tls = 1
        if self.auth_method == "OAuth":
            raise ValidationError.told("An account that sends by OAuth is not supported: use a password of its own")
        if not self.smtp_server or one_line(self.smtp_server) != self.smtp_server or " " in cstr(self.smtp_server):
            raise ValidationError.told("Outgoing Server is the name of the server that takes the mails")
        if cint(self.use_tls) and cint(self.get("use_ssl_for_outgoing")):
            raise ValidationError.told("Use TLS is STARTTLS, Use SSL encrypts from the first byte: choose one of them")
        if self.smtp_port and not 0 < cint(self.smtp_port) < 65536:
            raise ValidationError.told("Port is a number up to 65535")
        has_password = self.password or get_decrypted_password(DOCTYPE, cstr(self.name), "password", False)
        if not (has_password or cint(self.no_smtp_authentication) or cint(self.awaiting_password)):
            raise ValidationError.told("Password is required, or Disable SMTP server authentication is selected")

    def on_update(self) -> None:
        """One account is the default."""
        others = Condition("default_outgoing = 1 AND name <> ?", (self.name,))
        if cint(self.default_outgoing):
            for row in self.ctx.store.find(self.meta, others, ("name",)):
                document.set_values(self.ctx.trusted(), self.meta, row["name"], {"default_outgoing": 0})
        if "mail" in self.ctx.site.shelf and cint(self.enable_outgoing):
            outbox_of(self.ctx).flush(self.ctx)  # what waited for an account

    def outgoing(self) -> Outgoing:
        """What it takes to send by it. Raises FrappeError if its password cannot be read."""
        secret = (
            "" if cint(self.no_smtp_authentication) else get_decrypted_password(DOCTYPE, self.name, "password", False)
        )
        encryption = "TLS" if cint(self.get("use_ssl_for_outgoing")) else "STARTTLS" if cint(self.use_tls) else ""
        return Outgoing(
            self.name, cstr(self.email_id), cstr(self.email_account_name), cstr(self.smtp_server),
            cint(self.smtp_port) or {"TLS": 465, "STARTTLS": 587}.get(encryption, 25), encryption,
            (cstr(self.login_id) or cstr(self.email_id)) if secret else "", cstr(secret),
            bool(cint(self.validate_ssl_certificate_for_outgoing)),
            bool(cint(self.always_use_account_email_id_as_sender)), cstr(self.footer),
            cstr(self.signature) if cint(self.add_signature) else "",
            bool(cint(self.always_use_account_name_as_sender_name)),
            bool(cint(self.send_unsubscribe_message)),
        )  # fmt: skip


def account_for(ctx: Context, sender: str, doctype: str | None) -> Outgoing | None:
    """By which account a mail goes; None if there is none. Raises FrappeError for one that cannot be used."""
    meta = ctx.meta(DOCTYPE)
    for sql, value in (("email_id = ?", plain(sender)), ("append_to = ?", doctype), ("default_outgoing = ?", 1)):
        if value:
            found = ctx.store.find(meta, Condition(f"enable_outgoing = 1 AND {sql}", (value,)), ("name",), limit=1)
            if found:
                made = document.load_as(EmailAccount, ctx.trusted(), DOCTYPE, found[0]["name"])
                return made.outgoing()
    return _configured()


def _configured() -> Outgoing | None:
    """The account of the site's configuration, under a bench's names."""
    host, address = cstr(conf.get("mail_server")), cstr(conf.get("auto_email_id") or conf.get("mail_login"))
    if not host:
        return None
    if not validate_email_address(address):
        raise FrappeError(
            "mail_server in the configuration needs auto_email_id beside it, the address that mails come from"
        )
    encryption = "TLS" if cint(conf.get("use_ssl")) else "STARTTLS" if cint(conf.get("use_tls")) else ""
    port = cint(conf.get("mail_port")) or {"TLS": 465, "STARTTLS": 587}.get(encryption, 25)
    login, password = cstr(conf.get("mail_login")), cstr(conf.get("mail_password"))
    shown = cstr(conf.get("email_sender_name"))
    return Outgoing("", address, shown, host, port, encryption, login if password else "", password)


__all__ = ["EmailAccount", "Outgoing", "account_for"]
