"""A diagnosis as a mail, for those who do not look by themselves."""

from __future__ import annotations

from email.message import EmailMessage

from bedplate.model.diagnosis import Diagnosis
from bedplate.render.diagnosis_text import render_diagnosis


def render_diagnosis_mail(found: Diagnosis, host: str, to: str) -> str:
    """The whole mail, as sendmail(8) reads it with `-t`; the subject says it all in one line."""
    text = render_diagnosis(found)
    mail = EmailMessage()
    mail["To"] = to
    mail["Subject"] = f"{host}: {text.splitlines()[-1]}"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nothing answers by itself
    mail.set_content(f"bedplate doctor on {host}:\n\n{text}")
    return mail.as_string()
