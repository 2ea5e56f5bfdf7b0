"""One attempt to take an alert to a channel: whatever happens, it ends in time and in words."""

import asyncio
import logging
from collections.abc import Sequence
from typing import assert_never

import aiosmtplib
import httpx

from app.alerts import mail, webhook
from app.alerts.command import run
from app.alerts.secrets import Secrets
from app.errors import ConfigurationError
from app.values.alert import Delivery, Message, Outcome
from app.values.channel import Channel, Command, Email, Webhook
from app.values.reach import Reach

logger = logging.getLogger(__name__)
_REACH = Reach()
_GRACE_SECONDS = 5.0
"""For a command that is killed to be gone."""
_CLOSING_SECONDS = 0.02
"""For connections that are being closed: that takes some turns of the loop."""


async def send(
    channel: Channel,
    message: Message,
    *,
    most: int,
    reach: Reach = _REACH,
    remaining: Sequence[str] | None = None,
) -> Delivery:
    """Try once. `most` bounds the bytes that are kept of an answer, or of a command's output.

    `reach` says which addresses may be connected to; `remaining` are the receivers of a mail who
    are still to be told. Nothing is raised but a cancellation: what fails is told in the delivery,
    without secrets.
    """
    secrets = Secrets(channel.name)
    try:
        delivery = await _bounded(channel, message, secrets, most, reach, remaining)
    except Exception as error:  # noqa: BLE001 - whatever it is, another attempt may succeed
        delivery = _failure(channel, error)
    return delivery.model_copy(update={"detail": secrets.hide(delivery.detail)})


def send_now(channel: Channel, message: Message, *, most: int, reach: Reach = _REACH) -> Delivery:
    """Try once and wait for the end, in a thread that has no event loop."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        delivery = runner.run(send(channel, message, most=most, reach=reach))
        runner.run(asyncio.sleep(_CLOSING_SECONDS))
        return delivery


async def _bounded(
    channel: Channel,
    message: Message,
    secrets: Secrets,
    most: int,
    reach: Reach,
    remaining: Sequence[str] | None,
) -> Delivery:
    target, seconds = channel.target, channel.timeout
    if isinstance(target, Command):  # it keeps the time itself, to tell what was printed by then
        async with asyncio.timeout(seconds + _GRACE_SECONDS):
            return await run(target, message, secrets, most, seconds)
    async with asyncio.timeout(seconds):
        match target:
            case Webhook():
                return await webhook.post(target, message, secrets, most, reach)
            case Email():
                to = target.to if remaining is None else remaining
                return await mail.mail(target, message, secrets, to, reach, seconds)
            case _:
                assert_never(target)


def _failure(channel: Channel, error: Exception) -> Delivery:
    match error:
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            told = f"no answer within {channel.timeout:g} s (the channel's timeout)"
        case aiosmtplib.SMTPException():
            return mail.judged(error)
        case ConfigurationError():
            told = error.detail
        case httpx.HTTPError():
            told = webhook.in_words(error)
        case OSError():
            told = f"the receiver cannot be reached: {error.strerror or error}"
        case _:
            logger.error("channel %s: %s", channel.name, type(error).__name__)
            told = f"{type(error).__name__}; this is a fault of Disparo"
    return Delivery(outcome=Outcome.FAILED, detail=told)
