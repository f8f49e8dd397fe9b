"""Where apps and their fields stand in the text of a program: a good guess, never a crash."""

from usher.config.javascript.lines import scan_javascript

TEXT = """\
// { name: 'api' } in a comment
const shared = { cwd: '/srv', watch: true };
const text = "{ name: 'api' }";
module.exports = {
  apps: [{
    name: 'api',
    script: "app.js",
    env: { PORT: 1,
      "QUOTED": 2 },
    ...shared,
  }, {
    instances: cpus > 2 ? 2 : 1,
    name: 'worker', script: 'app.js',
    ignore_watch: [/[{/]/, 'tmp'],
    kill_timeout: 5,
  }],
};
"""

APPS = {
    ("apps", 0): {
        "name": "api",
        "script": "app.js",
        "cwd": "/srv",
        "watch": True,
        "env": {"PORT": 1, "QUOTED": 2},
    },
    ("apps", 1): {
        "name": "worker",
        "script": "app.js",
        "instances": 1,
        "kill_timeout": 5,
        "ignore_watch": [],
    },
}


def test_each_app_is_placed_at_the_literal_that_resembles_it_most() -> None:
    line_of = scan_javascript(TEXT, APPS).line_of
    assert line_of(("apps", 0)) == 5
    assert line_of(("apps", 0, "script")) == 7
    assert line_of(("apps", 0, "env", "PORT")) == 8
    assert line_of(("apps", 0, "env", "QUOTED")) == 9
    assert line_of(("apps", 1)) == 11
    assert line_of(("apps", 1, "instances")) == 12
    assert line_of(("apps", 1, "script")) == 13
    assert line_of(("apps", 1, "kill_timeout")) == 15


def test_what_stands_elsewhere_is_placed_at_its_app() -> None:
    assert scan_javascript(TEXT, APPS).line_of(("apps", 0, "cwd")) == 5


def test_what_the_text_does_not_write_down_has_no_line() -> None:
    generated = {("apps", 0): {"name": "made-up", "script": "x.js"}}
    assert scan_javascript("module.exports = require('./apps')", generated).lines == {}
