"""What the fields of PM2's files become: values, units, and defects of PM2 that are none here.

Names, aliases, programs and paths are in the corpus, beside PM2 itself.
"""

from collections.abc import Callable

import msgspec
import pytest

from usher.config.load import Choice, Loaded
from usher.config.pm2.fields import ALIASES, WITHOUT_EFFECT, canonical_name
from usher.config.schema import Pm2App
from usher.model.spec import (
    AliveFor,
    ChannelReady,
    ListeningReady,
    MemorySpec,
    ReadySpec,
    RestartPolicy,
    RolloutSpec,
    ServiceSpec,
    StopPolicy,
    UserSpec,
)

Pm2 = Callable[..., ServiceSpec]
Say = Callable[..., list[str]]
Load = Callable[..., Loaded]

PLAIN = RestartPolicy(delays=(0.0,), factor=1.0, min_uptime=1.0, start_limit=15)
BACKOFF = msgspec.structs.replace(
    PLAIN, delays=(0.1,), factor=1.5, delay_limit=15.0, stable_after=30.0
)
STOP = StopPolicy(signal=2, timeout=1.6, tree=True)
NODE = "instances: 2,"


def but(value: msgspec.Struct, **changes: object) -> msgspec.Struct:
    return msgspec.structs.replace(value, **changes)


@pytest.mark.parametrize(
    ("fields", "attribute", "value"),
    [
        # restarts; PM2 counts runs that ended too soon, the policy the restarts between them
        ("", "restart", PLAIN),
        ("autorestart: false", "restart", but(PLAIN, when="never")),
        ("max_restarts: 5", "restart", but(PLAIN, start_limit=4)),
        ("max_restarts: '5'", "restart", but(PLAIN, start_limit=4)),
        ("max_restarts: 0", "restart", PLAIN),
        ("min_uptime: '10s'", "restart", but(PLAIN, min_uptime=10.0)),
        ("restart_delay: 1500", "restart", but(PLAIN, delays=(1.5,))),
        ("restart_delay: '2m'", "restart", but(PLAIN, delays=(120.0,), delay_limit=120.0)),
        ("exp_backoff_restart_delay: 100", "restart", BACKOFF),
        ("exp_backoff_restart_delay: 100, restart_delay: 5", "restart", BACKOFF),
        ("stop_exit_codes: [0, '2']", "restart", but(PLAIN, stop_codes=(0, 2))),
        ("stop_exit_codes: 0", "restart", but(PLAIN, stop_codes=(0,))),
        ("usher: { restart: 'on-failure' }", "restart", but(PLAIN, when="on-failure")),
        ("usher: { restart: { budget_count: 9 } }", "restart", but(PLAIN, budget_count=9)),
        # stop
        ("", "stop", STOP),
        ("kill_timeout: 3000", "stop", but(STOP, timeout=3.0)),
        ("kill_timeout: '5s'", "stop", but(STOP, timeout=5.0)),
        ("treekill: false", "stop", but(STOP, tree=False, kill_tree=False)),
        ("shutdown_with_message: true", "stop", but(STOP, message=True)),
        ("usher: { stop: { signal: 'SIGTERM' } }", "stop", but(STOP, signal=15)),
        # readiness
        ("", "ready", ReadySpec()),
        ("wait_ready: true", "ready", ReadySpec(ChannelReady(), 60.0)),
        ("wait_ready: true, listen_timeout: 3000", "ready", ReadySpec(ChannelReady(), 10.0)),
        ("wait_ready: true, listen_timeout: 15000", "ready", ReadySpec(ChannelReady(), 15.0)),
        (NODE, "ready", ReadySpec(ListeningReady(), 60.0)),
        (f"{NODE} wait_ready: true", "ready", ReadySpec(ChannelReady(), 60.0)),
        ("usher: { ready: { alive_for: '2s' } }", "ready", ReadySpec(AliveFor(2.0))),
        # the channel
        ("", "channel", "ipc"),
        (NODE, "channel", "cluster"),
        ("instances: -1", "channel", "cluster"),
        ("instances: -5", "channel", "ipc"),
        ("interpreter: 'python3'", "channel", "none"),
        ("interpreter: 'python3', wait_ready: true", "channel", "ipc"),
        ("script: 'npm start'", "channel", "ipc"),
        ("exec_mode: 'cluster', interpreter: 'python3'", "channel", "none"),
        # instances: four processors
        ("instances: 'max'", "instances", 4),
        ("instances: 0", "instances", 4),
        ("instances: -1", "instances", 3),
        ("instances: '3'", "instances", 3),
        # limits
        ("max_memory_restart: '150M'", "memory", MemorySpec(150 * 1024**2)),
        ("max_memory_restart: '150MB'", "memory", MemorySpec(150 * 1024**2)),
        ("max_memory_restart: '1.5G'", "memory", MemorySpec(1536 * 1024**2)),
        (
            "usher: { memory: { limit: '1M', samples: 1 } }",
            "memory",
            MemorySpec(1024**2, samples=1),
        ),
        ("", "rollout", RolloutSpec(0.5, 2, in_place=True, first_vouches=True)),
        ("instances: 2", "rollout", RolloutSpec(0.5, 2, first_vouches=True)),
        (
            "usher: { rollout: { in_place: false, min_healthy: '9s', max_surge: 1 } }",
            "rollout",
            RolloutSpec(9.0, 1, first_vouches=True),
        ),
        ("cron_restart: '0 3 * * *'", "cron_restart", "0 3 * * *"),
        ("cron_restart: '0'", "cron_restart", ""),
        ("autostart: false", "autostart", False),
        ("usher: { nofile: 4096 }", "nofile", 4096),
        ("uid: 0, gid: 0", "user", UserSpec("0", "0")),
        ("instance_var: 'SLOT'", "instance_var", "SLOT"),
    ],
)
def test_a_field(pm2_app: Pm2, fields: str, attribute: str, value: object) -> None:
    assert getattr(pm2_app(fields), attribute) == value


@pytest.mark.parametrize(
    ("variables", "attribute", "value"),
    [
        ({"PM2_KILL_TIMEOUT": "5000"}, "stop", but(STOP, timeout=5.0)),
        ({"PM2_KILL_SIGNAL": "SIGTERM"}, "stop", but(STOP, signal=15)),
        ({"PM2_KILL_SIGNAL": "nonsense"}, "stop", STOP),
        ({"PM2_KILL_USE_MESSAGE": "1"}, "stop", but(STOP, message=True)),
        ({"PM2_PROCESS_INSTANCE_VAR": "NUMBER"}, "instance_var", "NUMBER"),
        ({"PM2_HOME": "/elsewhere"}, "pid_file", "/elsewhere/pids/api.pid"),
    ],
)
def test_variables_that_steer_pm2(
    pm2_app: Pm2, variables: dict[str, str], attribute: str, value: object
) -> None:
    assert getattr(pm2_app("instance_var: 'SLOT'", **variables), attribute) == value


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("instances: true", "instances: cannot use true: expected a whole number up to 1000"),
        ("instances: 1.5", "instances: cannot use 1.5"),
        ("exec_mode: 'foo'", "exec_mode: cannot use 'foo': expected 'fork_mode' or 'cluster_mode'"),
        ("kill_timeout: 'soon'", "kill_timeout: cannot use 'soon': expected milliseconds"),
        ("autorestart: 'false'", "autorestart: cannot use 'false': expected true or false"),
        ("max_memory_restart: 'much'", "max_memory_restart: cannot use 'much': expected a size"),
        ("cron: 'nope'", "cron: cannot use 'nope' as a schedule"),
        ("exec: 'x.js', script: undefined", "exec: cannot find the script"),
        ("cwd: 'nowhere'", "cwd: cannot use"),
        ("interpreter: 'nosuch'", "interpreter: cannot find the interpreter 'nosuch' on PATH"),
        ("interpreter: 'node@18'", "interpreter: cannot find Node 18"),
        ("env: 5", "env: cannot use this value"),
        ("watch: true, ignore_watch: [/(?<=a+)b/]", "ignore_watch[0]: cannot use '/(?<=a+)b/'"),
        ("env: { 'A=B': 'hunter2' }", "env.A=B: cannot set 'A=B'"),
        ("env: ['A=hunter2']", "env: cannot use this value: expected a table"),
        ("user: 'nosuchuser'", "user: there is no user 'nosuchuser'"),
        ("name: 'all'", "name: the name 'all' stands for every app"),
        ("usher: { stop: { timout: '1s' } }", "usher.stop.timout: unknown key 'timout'"),
        ("usher: { depends_on: ['nobody'] }", "usher.depends_on.nobody: no app is called"),
        ("env_file: 'none.env'", "env_file: cannot read"),
    ],
)
def test_a_mistake_names_app_line_and_field(pm2_findings: Say, fields: str, said: str) -> None:
    found = [line for line in pm2_findings(fields) if "warning" not in line]
    name = "all" if "'all'" in fields else "api"
    assert found
    place, _, rest = found[0].partition(f"app {name!r}, ")
    assert place in ("x.config.js:1: ", "x.config.js:2: ")
    assert rest.startswith(said)
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("max_restart: 5", "max_restart: unknown key 'max_restart', which is left out"),
        ("max_restart: 5", "did you mean 'max_restarts'?"),
        ("healthcheck: {}", "healthcheck: unknown key 'healthcheck'"),
        ("depends_on: ['x']", "it stands under 'usher'"),
        (
            "listen_timeout: 3000, wait_ready: true",
            "listen_timeout: 3 s is short for a limit; 10 s",
        ),
        ("env: { A: process.env.NOT_THERE }", "env.A: the value is undefined"),
        ("env: { A: process.env.NOT_THERE }", "the file reads what is not set here: NOT_THERE"),
        ("kill() {}", "kill: a function is no value of a field"),
        ("script: 'sleep 5', args: 'x'", "args: PM2 drops args beside a command line"),
        ("gid: 5", "gid: 'gid' without 'uid' has no effect"),
        ("env_production: 'x'", "env_production: expected a table of variables"),
    ],
)
def test_a_doubt_is_said_and_starts_nonetheless(pm2_findings: Say, fields: str, said: str) -> None:
    (found,) = pm2_findings(fields)
    assert found.startswith("x.config.js:2: warning: app 'api', ")
    assert said in found


def test_strict_makes_unknown_keys_errors(pm2_findings: Say) -> None:
    (found,) = pm2_findings("max_restart: 5", Choice(strict=True))
    assert "warning" not in found


@pytest.mark.parametrize("name", Pm2App.__struct_encode_fields__)
def test_each_field_has_its_names(name: str) -> None:
    first, *others = name.split("_")
    camel = first + "".join(word.capitalize() for word in others)
    aliases = [alias for alias, meant in ALIASES.items() if meant == name]
    assert {canonical_name(word) for word in (name, camel, *aliases)} == {name}


def test_what_has_no_effect_is_taken_without_a_word(pm2_findings: Say) -> None:
    fields = ", ".join(f"{name}: 1" for name in sorted(WITHOUT_EFFECT))
    assert pm2_findings(fields) == []


# -- findings of section 0 of the specification ----------------------------------------------------


def test_variables_of_the_app_do_not_change_the_app(pm2_app: Pm2) -> None:
    """Finding 7."""
    app = pm2_app("env: { name: 'evil', namespace: 'evil', instances: 4, status: 'x' }")
    assert (app.name, app.namespace, app.instances) == ("api", "default", 1)
    assert app.env["name"] == "evil"
    assert app.env["instances"] == "4"


def test_the_apps_environment_holds_no_fields_of_a_manager(pm2_app: Pm2) -> None:
    """Finding 7, the other way: PM2 puts some forty fields in."""
    env = pm2_app(pm_id="7", PM2_USAGE="CLI", SSH_TTY="/dev/x", SUDO_USER="me").env
    assert env.keys() - {"PATH", "HOME", "SECRET", "LC_ALL"} == {
        *("PM2_HOME", "PWD", "name", "namespace", "instances"),
    }


def test_an_env_file_is_read(load_text: Load, pm2_app: Pm2, folder: object) -> None:
    """Finding 8: PM2 takes `env_file` for an environment called "file"."""
    with open(f"{folder}/site.env", "w") as file:  # noqa: PTH123
        file.write("A=file\nB=file\n")
    assert pm2_app("env_file: 'site.env', env: { B: 'env' }").env.items() >= {
        ("A", "file"),
        ("B", "env"),
    }
    text = "module.exports = [{ name: 'x', script: 'app.js', env_file: { A: 1 }, env: { A: 0 } }]"
    named = load_text(text, choice=Choice(env_name="file")).plan.services[0]
    assert named.env["A"] == "1"


def test_one_bad_app_does_not_block_the_others(load_text: Load) -> None:
    """Finding 9."""
    found = load_text(
        "module.exports = [\n"
        "  { name: 'good', script: 'app.js' },\n"
        "  { name: 'bad', script: 'app.js',\n    max_memory_restart: 'much' },\n"
        "  { name: 'needs-bad', script: 'app.js', usher: { depends_on: ['bad'] } },\n"
        "  { name: 'also-good', script: 'worker.js' },\n]"
    )
    assert [service.name for service in found.plan.services] == ["good", "also-good"]
    assert [(finding.app, finding.line) for finding in found.errors] == [
        ("bad", 4),
        ("needs-bad", 5),
    ]


def test_readiness_that_is_never_said_is_no_readiness(pm2_app: Pm2) -> None:
    """Finding 13: what PM2 takes for "ready" after 3 s is a limit that ends in failure."""
    ready = pm2_app("wait_ready: true, listen_timeout: 3000").ready
    assert ready == ReadySpec(ChannelReady(), 10.0)


def test_a_variable_that_was_removed_is_gone(pm2_app: Pm2) -> None:
    """Finding 14: each reading says exactly what is wanted."""
    assert "GONE" in pm2_app("env: { GONE: 1, KEPT: 1 }").env
    after = pm2_app("env: { KEPT: 1 }").env
    assert "GONE" not in after
    assert after["KEPT"] == "1"
