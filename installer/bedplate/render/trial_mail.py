"""The mail that shows whether mail arrives."""

from __future__ import annotations

from email.message import EmailMessage


def render_trial_mail(host: str, to: str, message_id: str) -> str:
    """The whole mail, as sendmail(8) reads it with `-t`."""
    mail = EmailMessage()
    mail["Message-ID"] = message_id
    mail["To"] = to
    mail["Subject"] = f"{host}: a test of bedplate"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        f"Mail from {host} arrives here. What goes to root of that host comes the same way: "
        "dead disks, degraded pools, boot disks that are not in sync.\n"
    )
    return mail.as_string()
