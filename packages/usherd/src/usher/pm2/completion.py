"""completion: teaches bash the commands, options and names."""

from usher.pm2.commands import COMMANDS
from usher.pm2.options import OPTIONS
from usher.pm2.session import Session

_SCRIPT = """\
# pm2 (usher): source <(pm2 completion)
_pm2_usher() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{commands}" -- "$word"))
  elif [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "{options}" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}}
complete -o default -F _pm2_usher pm2
"""


def run(session: Session) -> int:
    """Print the script; with `install` say where to put it, since we edit no one's profile."""
    if session.words.args[:1] == ("install",):
        session.voice.plain("add to your ~/.bashrc: source <(pm2 completion)")
        return 0
    commands = " ".join(name for each in COMMANDS for name in each.names)
    options = " ".join(each.long for each in OPTIONS)
    session.voice.answer(_SCRIPT.format(commands=commands, options=options))
    return 0
