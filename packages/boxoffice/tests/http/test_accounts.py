"""People at a server as it runs: before and after the first administrator, by page and by API."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.process

PASSWORD = "a stitch in time"
MASTER = "master@example.org"

Command = Callable[..., str]


def boxoffice(url: str, *words: str, told: str = "") -> str:
    """Standard output of a command on a database."""
    program = [str(Path(sys.executable).with_name("boxoffice")), *words]
    environ = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        program, env=environ, input=told, text=True, capture_output=True, check=True, timeout=120
    )
    return done.stdout


def in_json(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"body": json.dumps(body).encode(), "headers": {"Content-Type": "application/json"}}


def in_form(headers: Mapping[str, str] | None = None, **fields: str) -> dict[str, Any]:
    content_type = {"Content-Type": "application/x-www-form-urlencoded"}
    return {"body": urlencode(fields).encode(), "headers": {**content_type, **(headers or {})}}


def session_of(answer: Any) -> dict[str, str]:
    """The header that brings the session's cookie back."""
    cookie = SimpleCookie(answer.headers["set-cookie"])
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookie.items())}


@pytest.fixture(scope="module")
def site(module_database: str, module_site: Any) -> Any:
    """A server that had no accounts when it started, and has a master now."""
    before = module_site.ask("/live")
    assert before.status == 200
    boxoffice(module_database, "user", "create-admin", MASTER, told=f"{PASSWORD}\n")
    return module_site


@pytest.fixture(scope="module")
def signed_in(site: Any) -> dict[str, str]:
    answer = site.ask(
        "/api/v1/auth/login", "POST", **in_json({"email": MASTER, "password": PASSWORD})
    )
    assert answer.status == 200
    return session_of(answer)


def test_before_the_first_administrator_this_machine_needs_no_account(
    serve: Any, fresh_database: str
) -> None:
    site = serve(fresh_database)
    session = site.ask("/api/v1/auth/session").json
    assert session["userId"] is None
    assert {"read", "upload", "plan"} <= set(session["rights"])
    assert site.ask("/users").json == {"items": [], "nextCursor": None}
    refused = site.ask("/live", headers={"X-Forwarded-For": "192.0.2.1"})
    assert (refused.status, refused.json["code"]) == (403, "access_forwarded")
    # Nobody becomes an administrator by asking.
    body = {"email": "a@example.org", "name": "a", "password": PASSWORD}
    assert site.ask("/api/v1/auth/register", "POST", **in_json(body)).status == 201
    assert site.ask("/live").status == 200


def test_from_then_on_everybody_signs_in_but_supervisors(site: Any) -> None:
    for path in ("/live", "/", "/api/v1/metrics", "/openapi.json", "/users"):
        assert site.ask(path).status == 401, path
    for path in ("/health", "/ready"):
        assert site.ask(path).status == 200, path
    # Through a proxy, too: now there is a password to ask for.
    forwarded = site.ask("/live", headers={"X-Forwarded-For": "192.0.2.1", "Host": "sales.example"})
    assert (forwarded.status, forwarded.json["code"]) == (401, "sign_in_required")


def test_a_person_is_led_to_the_sign_in_page_and_back(site: Any) -> None:
    html = {"Accept": "text/html"}
    led = site.ask("/?asOf=2026-03-10", headers=html)
    assert (led.status, led.headers["location"]) == (303, "/sign-in?next=%2F%3FasOf%3D2026-03-10")
    for language, heading in (("ko", "로그인"), ("en", "Sign in")):
        page = site.ask(f"{led.headers['location']}&lang={language}").body.decode()
        assert f'<html lang="{language}">' in page
        assert f"<h1>{heading}</h1>" in page
        assert 'name="next" value="/?asOf=2026-03-10"' in page
        assert "<script" not in page
    form = in_form(email=MASTER, password=PASSWORD, next="/?asOf=2026-03-10")
    answer = site.ask("/sign-in", "POST", **form)
    assert (answer.status, answer.headers["location"]) == (303, "/?asOf=2026-03-10")
    cookie = answer.headers["set-cookie"]
    assert re.search(r"; HttpOnly; Max-Age=1209600; Path=/; SameSite=strict$", cookie)
    session = session_of(answer)
    shown = site.ask("/", headers=session)
    assert shown.status == 200
    assert 'action="/sign-out"' in shown.body.decode()
    out = site.ask("/sign-out", "POST", headers=session)
    assert (out.status, out.headers["location"]) == (303, "/sign-in")
    assert 'boxoffice_session="";' in out.headers["set-cookie"]
    assert site.ask("/live", headers=session).status == 401


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\tx",
        "",
    ],
)
def test_nobody_is_led_to_another_site(wanted: str, site: Any) -> None:
    answer = site.ask("/sign-in", "POST", **in_form(email=MASTER, password=PASSWORD, next=wanted))
    assert (answer.status, answer.headers["location"]) == (303, "/")


def test_a_link_from_elsewhere_asks_once_more_from_here(site: Any) -> None:
    """A browser keeps the cookie to itself on a click in a message; the page makes it ask again."""
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = site.ask("/sign-in?next=/%3FasOf%3D2026-03-10", headers=elsewhere)
    assert answer.headers["refresh"] == "0; url=/?asOf=2026-03-10"
    assert "refresh" not in site.ask("/sign-in").headers


def test_a_wrong_password_is_told_on_the_page_and_shown_nowhere(site: Any) -> None:
    form = in_form(email="<b>@x.org", password="secret-wrong-password")
    answer = site.ask("/sign-in?lang=en", "POST", **form)
    page = answer.body.decode()
    assert answer.status == 401
    assert "E-mail address or password is wrong." in page
    assert "secret-wrong-password" not in page
    assert "&lt;b&gt;@x.org" in page


def test_signing_up_approval_and_first_sign_in(site: Any, signed_in: dict[str, str]) -> None:
    form = in_form(email="new@example.org", name="새 사람", password=PASSWORD)
    page = site.ask("/sign-up", "POST", **form)
    assert page.status == 201
    assert "가입신청이 완료되었습니다." in page.body.decode()
    again = site.ask("/sign-up?lang=en", "POST", **form)
    assert (again.status, "is taken" in again.body.decode()) == (409, True)

    early = site.ask("/sign-in", "POST", **in_form(email="new@example.org", password=PASSWORD))
    assert early.status == 403
    assert "승인이 있어야" in early.body.decode()
    people = site.ask("/api/v1/users", headers=signed_in).json["items"]
    person = next(each for each in people if each["email"] == "new@example.org")
    assert (person["role"], person["isApproved"], person["liveNameList"]) == (2, False, [])
    path = f"/api/v1/users/{person['userId']}"
    request = in_json({"isApproved": True, "isFileUploader": True})
    request["headers"] |= signed_in
    approved = site.ask(path, "PATCH", **request)
    assert (approved.json["isApproved"], approved.json["isFileUploader"]) == (True, True)
    body = {"email": "NEW@example.org", "password": PASSWORD}
    former = site.ask("/users/login", "POST", **in_json(body))
    assert former.status == 200
    assert former.json["message"] == "Login success"
    own = site.ask("/api/v1/auth/session", headers=session_of(former)).json
    assert own["rights"] == ["own_account", "read", "upload"]

    code = site.ask(f"{path}/password-code", "POST", headers=signed_in).json["code"]
    chosen = site.ask("/password", "POST", **in_form(code=code, password="another long one"))
    assert (chosen.status, chosen.headers["location"]) == (303, "/sign-in")
    assert site.ask("/live", headers=session_of(former)).status == 401
    events = site.ask("/api/v1/audit-events?limit=4", headers=signed_in).json
    actions = [event["action"] for event in events["items"]]
    assert actions == ["password.change", "password.code", "session.begin", "user.change"]
    assert site.ask(path, "DELETE", headers=signed_in).status == 204
    assert site.ask(path, "DELETE", headers=signed_in).status == 404


def test_ones_own_password_is_replaced(
    site: Any, module_database: str, signed_in: dict[str, str]
) -> None:
    boxoffice(module_database, "user", "create-admin", "two@example.org", told=f"{PASSWORD}\n")
    login = in_json({"email": "two@example.org", "password": PASSWORD})
    session = session_of(site.ask("/api/v1/auth/login", "POST", **login))
    request = in_json({"old": PASSWORD, "new": "something else"})
    request["headers"] |= session
    assert site.ask("/api/v1/auth/password", "POST", **request).status == 204
    assert site.ask("/live", headers=session).status == 401
    assert site.ask("/api/v1/auth/login", "POST", **login).status == 401


def test_a_token_counts_alone(site: Any, module_database: str, signed_in: dict[str, str]) -> None:
    made = boxoffice(module_database, "token", "create", "script", "--user", MASTER).strip()
    assert made.startswith("bxo_")
    assert site.ask("/live", headers={"Authorization": f"Bearer {made}"}).status == 200
    for wrong in ("Bearer bxo_wrong", f"Basic {made}", "Bearer", ""):
        answer = site.ask("/live", headers={**signed_in, "Authorization": wrong})
        assert answer.status == 401, wrong
    listed = boxoffice(module_database, "token", "list")
    assert made not in listed
    number = re.search(r"^(\d+),master@example.org,script,", listed, re.MULTILINE)
    assert number
    boxoffice(module_database, "token", "revoke", number[1])
    assert site.ask("/live", headers={"Authorization": f"Bearer {made}"}).status == 401


def test_s5_another_site_cannot_use_the_cookie(site: Any, signed_in: dict[str, str]) -> None:
    for foreign in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9"},
    ):
        answer = site.ask("/sign-out", "POST", headers={**signed_in, **foreign})
        assert (answer.status, answer.json["code"]) == (403, "access_cross_site"), foreign
    assert site.ask("/live", headers=signed_in).status == 200
    own = {"Origin": f"http://127.0.0.1:{site.port}", "Sec-Fetch-Site": "same-origin"}
    wrong = in_form(own, email="x@x.org", password="not the password")
    assert site.ask("/sign-in", "POST", **wrong).status == 401
    preflight = site.ask("/live", "OPTIONS", headers={"Origin": "https://evil.example"})
    assert not [name for name in preflight.headers if name.startswith("access-control")]


def test_s12_behind_a_proxy_everything_is_for_tls_only(serve: Any, fresh_database: str) -> None:
    boxoffice(fresh_database, "user", "create-admin", MASTER, told=f"{PASSWORD}\n")
    site = serve(fresh_database, BOXOFFICE_PUBLIC_URL="https://sales.example/")
    proxied = {"Host": "sales.example", "X-Forwarded-For": "192.0.2.1"}
    own = {**proxied, "Origin": "https://sales.example"}
    answer = site.ask("/sign-in", "POST", **in_form(own, email=MASTER, password=PASSWORD))
    assert answer.status == 303
    assert answer.headers["set-cookie"].startswith("__Host-boxoffice_session=")
    assert answer.headers["set-cookie"].endswith("; Secure")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    shown = site.ask("/live", headers={**proxied, **session_of(answer)})
    assert shown.status == 200
    assert "strict-transport-security" in shown.headers
    assert site.ask("/openapi.json", headers=proxied).status == 401


def test_without_tls_in_front_other_machines_are_not_served(fresh_database: str) -> None:
    boxoffice(fresh_database, "user", "create-admin", MASTER, told=f"{PASSWORD}\n")
    program = str(Path(sys.executable).with_name("boxoffice"))
    done = subprocess.run(
        [program, "serve", "--port", "0", "--host", "0.0.0.0"],  # noqa: S104 - to see it refused
        env={**os.environ, "DATABASE_URL": fresh_database},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "passwords would travel in clear" in done.stderr
    assert "--public-url" in done.stderr
