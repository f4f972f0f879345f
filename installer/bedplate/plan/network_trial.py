"""A network on trial: what is written when it begins, when it stays and when it goes back."""

from __future__ import annotations

from pydantic import TypeAdapter

from bedplate.model.host_change import HostChange, HostCommand, HostFile
from bedplate.model.interfaces import Stanza
from bedplate.model.network_files import (
    ASKED,
    INTERFACES,
    NEW_INTERFACES,
    IfupdownCheck,
    NetworkChange,
)
from bedplate.model.network_trial import KEPT, REJECTED, TRIAL, NetworkTrial
from bedplate.render.ifupdown_argv import check_interfaces, reload_interfaces

_STANZAS = TypeAdapter(tuple[Stanza, ...])
_PRIVATE = 0o600  # commands in such a file may have secrets in them


def plan_stage(change: NetworkChange, check: IfupdownCheck) -> HostChange:
    """Put the file beside the one in use, as the manual has it, and have it checked there.

    The check is to end as that of the same text did.
    """
    argv = tuple(map(str, check_interfaces(NEW_INTERFACES)))
    return HostChange(
        summary=f"{NEW_INTERFACES} is ready",
        files=(HostFile(path=NEW_INTERFACES, content=change.after),),
        checks=(HostCommand(argv=argv, codes=(check.code,)),),
    )


def plan_mark(trial: NetworkTrial) -> HostChange:
    """Note that a trial is on, and all that is needed to end it, whatever happens meanwhile."""
    text = trial.model_dump_json() + "\n"
    file = HostFile(path=TRIAL, content=text, mode=_PRIVATE)
    return HostChange(summary="The change is on trial", files=(file,))


def plan_activation(trial: NetworkTrial) -> HostChange:
    """Move the file into place and have ifupdown2 do what it says.

    ifreload ends with 1 for whatever it has to say of a file, so that counts only for a clean one.
    """
    codes = (0,) if trial.clean else (0, 1)
    argv = tuple(map(str, reload_interfaces()))
    return HostChange(
        summary="The network is changed",
        files=(
            HostFile(path=INTERFACES, content=trial.after),
            HostFile(path=NEW_INTERFACES),
        ),
        reloads=(HostCommand(argv=argv, codes=codes),),
    )


def plan_keep(trial: NetworkTrial) -> HostChange:
    """End a trial well. Its mark goes first: from then on the next boot has the new file."""
    files = [HostFile(path=TRIAL)]
    if trial.before is not None:
        files.append(HostFile(path=KEPT, content=trial.before, mode=_PRIVATE))
    if trial.asked is not None:
        text = _STANZAS.dump_json(trial.asked, indent=1).decode() + "\n"
        files.append(HostFile(path=ASKED, content=text, mode=_PRIVATE))
    return HostChange(summary="The network stays as it is now", files=tuple(files))


def plan_return(trial: NetworkTrial) -> HostChange:
    """Have the old file back; its mark goes last, so that a broken off return is made up for.

    The other one is not put back where it waited: some hosts take what waits there at the next
    boot. ifreload is no part of this: if it fails, the old file is to stay all the same.
    """
    return HostChange(
        summary="The network is as it was before",
        files=(
            HostFile(path=INTERFACES, content=trial.before),
            HostFile(path=NEW_INTERFACES),
            HostFile(path=REJECTED, content=trial.after, mode=_PRIVATE),
            HostFile(path=TRIAL),
        ),
    )
