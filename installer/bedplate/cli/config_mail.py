"""A mail that is sent to see whether mail arrives."""

from __future__ import annotations

import threading
import time
from email.utils import make_msgid

import typer

from bedplate.errors import CommandError, Problem, RefusedError
from bedplate.facts.mail import probe_deliveries, probe_queue
from bedplate.facts.tools import MissingTool
from bedplate.render.trial_mail import render_trial_mail
from bedplate.run import Runner, have

_SENDMAIL = "sendmail"
_PATIENCE_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.5


def send_test_mail(run: Runner, host: str, to: str) -> None:
    """Hand a mail to the mail system and follow it through the queue.

    Raises `CommandError` if it is not taken where it has to go, `RefusedError` if the host has no
    mail system.
    """
    if not have(_SENDMAIL):
        message = "is not installed: this host cannot send mail"
        raise RefusedError(Problem("tool-missing", _SENDMAIL, message, "install postfix"))
    before, since = _waiting(run), time.time()
    message_id = make_msgid("bedplate", host)
    run([_SENDMAIL, "-t", "-oi"], stdin=render_trial_mail(host, to, message_id))
    typer.echo(f"Handed over a mail to {to}.")
    end = time.monotonic() + _PATIENCE_SECONDS
    while mine := _waiting(run).items() - before.items():
        reasons = [reason for _, reason in sorted(mine) if reason]
        if reasons:
            raise CommandError(Problem("mail-waits", to, f"not taken yet: {reasons[0]}"))
        if time.monotonic() > end:
            message = f"still in the queue after {_PATIENCE_SECONDS:g} seconds"
            raise CommandError(Problem("mail-waits", to, message, "`postqueue -p` shows it"))
        # Postfix tells nobody when a mail has gone; its queue has to be looked at.
        threading.Event().wait(_LOOK_AGAIN_SECONDS)
    for delivery in probe_deliveries(run, message_id, since):
        if delivery.status == "bounced":
            message = f"refused for good: {delivery.reason}"
            raise CommandError(Problem("mail-refused", delivery.to, message))
    typer.echo("It has left the queue: whoever it was for, or the next server, has it.")


def _waiting(run: Runner) -> dict[str, str]:
    """Why each mail is in the queue, by its id; nothing for one that was not tried yet."""
    try:
        queue = probe_queue(run)
    except MissingTool as missing:
        message = "is not installed: only Postfix's queue can be followed"
        raise RefusedError(Problem("tool-missing", missing.tool, message)) from missing
    return {mail.queue_id: " ".join(filter(None, mail.reasons.values())) for mail in queue}
