"""A mail server in the test's own process, on a free port, that fails where a test says; and a site that sends to it."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session, syntax
from app_folder import Write
from job_tools import Bench

import frappe_lite
from frappe_lite.parts import mail
from frappe_lite.site import Site

Fault = tuple[str, str]
"""A step (`EHLO`, `AUTH`, `MAIL`, `RCPT`, `DATA`, `body`, `taken`) and what happens there: a reply, or `close`."""


class _Server(SMTP):
    """What speaks with one client."""

    def __init__(self, owner: MailServer, **settings: Any):
        super().__init__(owner, enable_SMTPUTF8=True, **settings)
        self.owner = owner

    def connection_made(self, transport: Any) -> None:
        self.owner.connections += 1
        if self.owner.fault("connect"):
            transport.close()
            return
        super().connection_made(transport)

    async def _step(self, name: str, go_on: Callable[[], Any]) -> None:
        said = self.owner.fault(name)
        if said == "close":
            self.transport.close()
        elif said:
            await self.push(said)
        else:
            await go_on()

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, arg: str) -> None:
        await self._step("EHLO", lambda: SMTP.smtp_EHLO(self, arg))

    @syntax("HELO hostname")
    async def smtp_HELO(self, arg: str) -> None:
        await self._step("HELO", lambda: SMTP.smtp_HELO(self, arg))

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:
        await self._step("AUTH", lambda: SMTP.smtp_AUTH(self, arg))

    @syntax("MAIL FROM: <address>")
    async def smtp_MAIL(self, arg: str) -> None:
        await self._step("MAIL", lambda: SMTP.smtp_MAIL(self, arg))

    @syntax("RCPT TO: <address>")
    async def smtp_RCPT(self, arg: str) -> None:
        await self._step("RCPT", lambda: SMTP.smtp_RCPT(self, arg))

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        await self._step("DATA", lambda: SMTP.smtp_DATA(self, arg))


class MailServer:
    """A mail server. `faults` are used up, one at each time that their step comes; `mails` are what it took."""

    def __init__(self, **settings: Any):
        self.faults: list[Fault] = []
        self.mails: list[tuple[str, EmailMessage]] = []
        self.connections, self.logins = 0, list[tuple[bytes, bytes]]()
        self._settings = {"auth_require_tls": False, "authenticator": self._authenticate, **settings}
        self._loop = asyncio.new_event_loop()
        self._servers: list[SMTP] = []
        made = self._loop.run_until_complete(self._loop.create_server(self._serve, "127.0.0.1", 0))
        self._listening, self.port = made, made.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def _serve(self) -> SMTP:
        return _Server(self, loop=self._loop, hostname="mail.test", **self._settings)

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == b"secret", handled=False)

    def fault(self, step: str) -> str:
        """What goes wrong now, if anything."""
        if self.faults and self.faults[0][0] == step:
            return self.faults.pop(0)[1]
        return ""

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        said = self.fault("body")
        if said == "close":
            server.transport.close()
            return "250 nobody hears it"
        if said:
            return said
        parsed: Any = email.message_from_bytes(bytes(envelope.content or b""), policy=email.policy.default)
        self.mails += [(recipient, parsed) for recipient in envelope.rcpt_tos]
        if self.fault("taken"):
            server.transport.close()
        return "250 OK"

    def close(self) -> None:
        async def end() -> None:
            self._listening.close()
            waiting = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def recipients(self) -> list[str]:
        return [recipient for recipient, _ in self.mails]


class MailBench(Bench):
    """A site with an account of a server in this process, whose mails go out when the test runs its jobs."""

    def __init__(self, site: Site, write: Write, name: str, port: int, **account: Any):
        super().__init__(site, write, name)
        self.account = {"smtp_server": "127.0.0.1", "smtp_port": port, "enable_outgoing": 1, "default_outgoing": 1}
        self.account |= {"email_id": "office@x.org", "no_smtp_authentication": 1, **account}
        with site.acting():
            values = {"doctype": "Email Account", "email_account_name": "office", **self.account}
            frappe_lite.get_doc(values).insert()
        self.outbox = mail.start(site, clock=self.clock)

    def send(self, recipients: Any = "ann@x.org", user: str = "Administrator", **given: Any) -> str:
        """Write a mail in a transaction that is kept; the name of its Email Queue."""
        with self.site.acting(user):
            made = frappe_lite.sendmail(recipients, **{"subject": "Hi", "message": "<p>Hello</p>", **given})
            return str(made.name) if made else ""

    def queue(self, name: str) -> Any:
        with self.site.acting():
            return frappe_lite.get_doc("Email Queue", name)

    def wait_and_work(self, seconds: float = 5 * 3600) -> None:
        """Let time go by, and run what has come."""
        self.clock.move(seconds)
        self.work_off()


__all__ = ["MailBench", "MailServer"]
