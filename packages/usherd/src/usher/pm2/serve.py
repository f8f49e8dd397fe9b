"""serve: a file server as an app."""

from typing import Final

from usher.config.load import ConfigError, load_pm2_script
from usher.config.pm2.static import PORT, SCRIPT, name_of
from usher.pm2 import apps, start
from usher.pm2.overrides import overrides_of
from usher.pm2.session import Session

_ALREADY: Final = "Error while trying to serve : Script already launched"


def run(session: Session) -> int:
    """Start one; the folder is the present one and the port 8080 unless said otherwise."""
    words = session.words
    folder, port = (*words.args[:2], "", "")[:2]
    port = words.value("port") or port or str(PORT)
    env = {
        "PM2_SERVE_PATH": str(session.cwd / (folder or ".")),
        "PM2_SERVE_PORT": port,
        **({"PM2_SERVE_SPA": "true"} if words.flag("spa") else {}),
        **({"PM2_SERVE_FTP": "true"} if words.flag("ftp") else {}),
        **_login(session),
    }
    fields = {"name": name_of(port), **overrides_of(words), "env": env}
    try:
        loaded = load_pm2_script(SCRIPT, (), fields)
    except ConfigError as error:
        apps.tell(session, error.findings)
        return 1
    apps.tell(session, loaded.findings)
    if not start.define(session, loaded, _ALREADY):
        return 1
    session.voice.say(f"Serving {env['PM2_SERVE_PATH']} on port {port}")
    session.show_list()
    return 0


def _login(session: Session) -> dict[str, str]:
    user = session.words.value("basic-auth-username")
    password = session.words.value("basic-auth-password")
    if not (user and password):
        return {}
    return {
        "PM2_SERVE_BASIC_AUTH": "true",
        "PM2_SERVE_BASIC_AUTH_USERNAME": user,
        "PM2_SERVE_BASIC_AUTH_PASSWORD": password,
    }
