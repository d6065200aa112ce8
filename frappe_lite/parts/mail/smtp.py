"""One conversation with a mail server: connect, greet, encrypt, sign in; then mail by mail, one recipient each.

What a server says is judged by its first digit: 4 is for now, 5 for ever. The moment that counts is the line with a dot
alone, by which the server is given the mail: before it nothing has been sent, after it nobody can tell until the server
answers. `handing_over` is called right before it.

    EHLO … STARTTLS … AUTH … MAIL FROM … RCPT TO … DATA … <the mail> | handing_over() | .  ->  250
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Callable
from typing import Any

from ...errors import FrappeError
from ..tls import context_for
from .account import Outgoing

TIMEOUT = 30.0
"""Seconds that one step may take."""

SILENCE = (OSError, smtplib.SMTPServerDisconnected)
"""What it is when nothing is heard any more."""


class NotTakenError(FrappeError):
    """The server did not take the mail for this recipient.

    `is_final`: asking again will not help. `is_unsure`: it may have taken it all the same. `is_over`: so is the
    conversation, and the other recipients' turn.
    """

    def __init__(self, text: str, *, is_final: bool = False, is_unsure: bool = False, is_over: bool = False):
        super().__init__(text)
        self.is_final, self.is_unsure, self.is_over = is_final, is_unsure, is_over


class SmtpServer:
    """A server that was greeted. Raises NotTakenError, at every step."""

    def __init__(self, account: Outgoing, own_name: str, timeout: float = TIMEOUT):
        self.account = account
        self._connection: Any = None
        try:
            self._begin(own_name, timeout)
        except (*SILENCE, smtplib.SMTPException, ValueError) as error:
            self.close()
            raise NotTakenError(f"{account.host}:{account.port}: {_said(error)}", is_over=True) from None

    def _begin(self, own_name: str, timeout: float) -> None:
        account = self.account
        context = context_for(account.checks_certificate) if account.encryption else None
        if account.encryption == "TLS":
            self._connection = smtplib.SMTP_SSL(account.host, account.port, own_name, timeout=timeout, context=context)
        else:
            self._connection = smtplib.SMTP(account.host, account.port, own_name, timeout=timeout)
        self._connection.ehlo_or_helo_if_needed()
        if account.encryption == "STARTTLS":  # one that does not offer it gets no password
            self._connection.starttls(context=context)
            self._connection.ehlo_or_helo_if_needed()
        if account.password:
            self._connection.login(account.login, account.password)

    def send(self, sender: str, recipient: str, message: bytes, handing_over: Callable[[], None]) -> None:
        """Hand a mail over for one recipient. Raises NotTakenError; what `handing_over` raises stops it in time."""
        for step in (lambda: self._connection.mail(sender), lambda: self._connection.rcpt(recipient)):
            self._expect(step, 2, recipient)
        self._expect(lambda: self._connection.docmd("DATA"), 3, recipient)
        try:
            self._connection.send(re.sub(rb"(?m)^\.", b"..", message) + (b"" if message.endswith(b"\r\n") else b"\r\n"))
        except SILENCE as error:
            raise NotTakenError(f"while the mail was sent: {_said(error)}", is_over=True) from None
        is_noted = False
        try:
            handing_over()
            is_noted = True
        finally:
            if not is_noted:
                self._connection.close()  # without the dot there is no mail
        try:
            self._connection.send(b".\r\n")
            code, answer = self._connection.getreply()
        except (*SILENCE, smtplib.SMTPException) as error:
            text = f"{recipient} may have it: the server had the whole mail, and did not answer ({_said(error)})"
            raise NotTakenError(text, is_unsure=True, is_over=True) from None
        self._judge(code, answer, 2, recipient)

    def _expect(self, step: Callable[[], tuple[int, bytes]], digit: int, recipient: str) -> None:
        try:
            code, answer = step()
        except (*SILENCE, smtplib.SMTPException, ValueError) as error:  # ValueError: an address that no line can hold
            raise NotTakenError(_said(error), is_over=True) from None
        self._judge(code, answer, digit, recipient)

    def _judge(self, code: int, answer: bytes, digit: int, recipient: str) -> None:
        if code // 100 == digit:
            return
        text = f"{recipient}: {code} {answer.decode(errors='replace')}"
        if code == 421:  # it closes the conversation
            raise NotTakenError(text, is_over=True)
        try:
            self._connection.rset()
        except (*SILENCE, smtplib.SMTPException):
            raise NotTakenError(text, is_final=code >= 500, is_over=True) from None
        raise NotTakenError(text, is_final=code >= 500)

    def close(self) -> None:
        """Say goodbye; whether it is heard does not matter."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (*SILENCE, smtplib.SMTPException):
                self._connection.close()


def _said(error: BaseException) -> str:
    """What a server said, or what became of it."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return f"{type(error).__name__}: {error}"


__all__ = ["NotTakenError", "SmtpServer"]
