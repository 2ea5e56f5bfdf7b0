"""Mail: an alert goes to an SMTP server, which says for each receiver whether it takes it."""

import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY

import aiosmtplib
from aiosmtplib import SMTPRecipientsRefused, SMTPResponseException

from app.alerts.secrets import Secrets
from app.alerts.webhook import tls
from app.alerts.wire import dialled
from app.alerts.words import clean, detail, origin, title
from app.values.alert import Delivery, Message, Outcome
from app.values.channel import Email, Security
from app.values.reach import Reach

_PERMANENT = 500
"""Codes from here on say that trying again does not help (RFC 5321, 4.2.1)."""
_FAREWELL_SECONDS = 1.0
Answers = Mapping[str, tuple[int, str]]
"""What a server answered to receivers: code and words."""


async def mail(
    target: Email,
    message: Message,
    secrets: Secrets,
    to: Sequence[str],
    reach: Reach,
    timeout: float,  # noqa: ASYNC109 - the library's own, for each of its steps
) -> Delivery:
    """Send an alert to these receivers. Raises ConfigurationError, and what aiosmtplib raises."""
    password = None
    if target.password is not None:
        password = secrets.open(target.password, "the password", on_one_line=False)
    client = aiosmtplib.SMTP(
        hostname=target.host,
        sock=await _dialled(target, reach),
        use_tls=target.security is Security.TLS,
        start_tls=target.security is Security.STARTTLS,
        tls_context=tls(),
        username=target.user,
        password=password,
        timeout=timeout,
    )
    text = written(target, message).as_bytes(policy=SMTP_POLICY)
    try:
        await client.connect()
        refused, said = await client.sendmail(target.sender, list(to), text)
    except SMTPRecipientsRefused as error:
        return _none_taken({one.recipient: (one.code, one.message) for one in error.recipients})
    finally:
        await _leave(client)
    answers = {one: (answer.code, answer.message) for one, answer in refused.items()}
    return _judged(to, answers, said)


async def _dialled(target: Email, reach: Reach) -> socket.socket:
    """Connect. Raises ConfigurationError, SMTPConnectError."""
    try:
        return await dialled(target.host, target.reached_at, reach)
    except OSError as error:
        where = f"{target.host} on port {target.reached_at}"
        raise aiosmtplib.SMTPConnectError(f"Error connecting to {where}: {error}") from error


async def _leave(client: aiosmtplib.SMTP) -> None:
    """Take leave of a server; what it has taken it has, whatever it answers."""
    with suppress(aiosmtplib.SMTPException, TimeoutError):
        await client.quit(timeout=_FAREWELL_SECONDS)
    client.close()


def _none_taken(answers: Answers) -> Delivery:
    if later := _later(answers):
        return Delivery(outcome=Outcome.FAILED, detail=_told(answers), remaining=later)
    return Delivery(outcome=Outcome.REFUSED, detail=_told(answers))


def _judged(to: Sequence[str], answers: Answers, said: str) -> Delivery:
    """Return what came of a mail that the server took for some receivers at least."""
    taken = [one for one in to if one not in answers]
    told = f"the server took it for {', '.join(taken)}: {clean(said)}"
    if answers:
        told += f"; {_told(answers)}"
    if later := _later(answers):
        return Delivery(outcome=Outcome.FAILED, detail=told, remaining=later)
    return Delivery(outcome=Outcome.ACCEPTED, detail=told)


def _later(answers: Answers) -> tuple[str, ...]:
    return tuple(one for one, (code, _) in answers.items() if code < _PERMANENT)


def _told(answers: Answers) -> str:
    return "; ".join(
        f"{one} is {'put off' if code < _PERMANENT else 'refused'}: {code} {clean(words)}"
        for one, (code, words) in answers.items()
    )


def written(target: Email, message: Message) -> EmailMessage:
    """Return the mail. Its Message-ID is the same at each attempt."""
    made = EmailMessage()
    made["Subject"] = f"[Disparo] {title(message)}"
    made["From"] = target.sender
    made["To"] = ", ".join(target.to)
    made["Date"] = message.notice.at
    made["Message-ID"] = f"<{message.key}@{target.sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Disparo-Alert"] = message.key
    lines = (title(message), detail(message), origin(message))
    made.set_content("\n\n".join(filter(None, lines)) + "\n")
    return made


def judged(error: aiosmtplib.SMTPException) -> Delivery:
    """Return what a failure means."""
    if isinstance(error, SMTPResponseException):
        outcome = Outcome.REFUSED if error.code >= _PERMANENT else Outcome.FAILED
        hint = "; look at user and password" if _is_login(error) else ""
        told = f"the mail server answered {error.code} {clean(error.message)}{hint}"
        return Delivery(outcome=outcome, detail=told)
    if isinstance(error, ConnectionError):
        told = f"the mail server cannot be reached: {clean(error.message)}"
        return Delivery(outcome=Outcome.FAILED, detail=told)
    told = f"the mail server cannot do what is asked of it: {clean(error.message)}"
    hint = "; choose another `security`, or leave user and password out"
    return Delivery(outcome=Outcome.REFUSED, detail=told + hint)


def _is_login(error: SMTPResponseException) -> bool:
    return isinstance(error, aiosmtplib.SMTPAuthenticationError)
