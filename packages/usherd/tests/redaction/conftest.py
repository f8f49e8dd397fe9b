"""Lines with and without secrets, after operations.md C.1 and C.4, in our own words."""

from typing import NamedTuple

import pytest

S = "Zk4-Wq8rT1mXv"
"""What must not be seen."""

TOKEN = "Zk4Wq8rT1mXvB7nL0pYd2sHf"
JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{TOKEN}"


class Class(NamedTuple):
    """One class: lines with the secret in them, and lines that stay as they are."""

    secret: str
    lines: tuple[str, ...]
    benign: tuple[str, ...]


CORPUS = {
    "pem": Class(
        TOKEN,
        (
            f"-----BEGIN PRIVATE KEY-----\n{TOKEN}\n-----END PRIVATE KEY-----",
            f'{{"key":"-----BEGIN RSA PRIVATE KEY-----\\n{TOKEN}\\n-----END RSA PRIVATE KEY-----"}}',  # noqa: E501
            f"loaded -----BEGIN OPENSSH PRIVATE KEY----- {TOKEN}",
        ),
        (
            "-----BEGIN CERTIFICATE----- MIIC -----END CERTIFICATE-----",
            "cannot read the private key: no such file",
        ),
    ),
    "url-password": Class(
        S,
        (
            f"connect postgres://app:{S}@db.internal:5432/sales",
            f"DATABASE_URL mysql://root:{S}@127.0.0.1/x?ssl=true failed",
            f'{{"url":"redis://:{S}@cache:6379/0"}}',
            f"amqp://u:ab@{S}@rabbit/vhost",
            f"GET https://bob:{S}@git.example.com/repo.git",
        ),
        (
            "connected to postgres://host:5432/db",
            "listening at http://localhost:3000/users/me@example.com",
            "see https://example.com/@scope/name",
        ),
    ),
    "url-password-cut": Class(
        S,
        (
            f"url is postgres://app:{S}",
            f"url is postgres://app:{S}... and so on",
            f'url: "mysql://app:{S}"',
        ),
        (
            "proxy to http://localhost:3000",
            "redis://cache:6379",
            "http://host:${PORT}",
            "- `usher probe tcp://127.0.0.1:5432`",
        ),
    ),
    "authorization": Class(
        TOKEN,
        (
            f"Authorization: Basic {TOKEN}",
            f"{{'authorization': 'Bearer {TOKEN}'}}",
            f"proxy-authorization={TOKEN}",
            f'"Authorization":"token {TOKEN}"',
        ),
        ("authorization: required", "no Authorization header in request 12"),
    ),
    "bearer": Class(
        TOKEN,
        (
            f"sent bearer {TOKEN}",
            f"curl -H 'X: Bearer {TOKEN}'",
            f"got BEARER {TOKEN}, thanks",
        ),
        ("bearer authentication failed", "the bearer of this message"),
    ),
    "jwt": Class(
        TOKEN,
        (
            f"session {JWT} opened",
            f"[{JWT}]",
            f"cut eyJhbGciOiJIUzI1NiJ9{TOKEN}",
        ),
        ("eyJ is how they begin", "keyJourney started for user 7"),
    ),
    "token": Class(
        TOKEN,
        (
            f"stripe said sk_live_{TOKEN} is off",
            f"git clone with ghp_{TOKEN}x7",
            f"slack xoxb-123-{TOKEN}",
            f"hf_{TOKEN}9 not accepted",
        ),
        (
            "sk-toggle was clicked by npm_config_cache and task-runner",
            "commit 3f785a1c2b9e4d5f6a7b8c9d0e1f2a3b4c5d6e7f by ghp_bot",
        ),
    ),
    "webhook": Class(
        TOKEN,
        (
            f"POST https://hooks.slack.com/services/T1/B2/{TOKEN}",
            f"https://discord.com/api/webhooks/77/{TOKEN} gave 404",
            f"https://api.telegram.org/bot77:{TOKEN}/sendMessage",
        ),
        ("hooks.slack.com is not reachable", "webhook of https://discord.com/api/ gone"),
    ),
    "query": Class(
        S,
        (
            f"GET /cb?access_token={S}&x=1 200",
            f"ws://h/ws?sessionId={S}",
            f"/file?Expires=1&Signature={S}",
            f"https://maps.example/js?v=3&key={S}",
        ),
        ("GET /list?page=2&tokens=5&sort=key", "GET /search?q=password+reset"),
    ),
    "cookie": Class(
        S,
        (
            f"Cookie: connect.sid={S}; theme=dark",
            f'"set-cookie": ["sid={S}; Path=/"]',
            f"cookie=a={S}",
        ),
        ("cookie: none was sent", "the cookie parser is on"),
    ),
    "user": Class(
        S,
        (
            f"curl -u admin:{S} https://x",
            f"curl --user=admin:{S} https://x",
            f"wget --user admin:{S}",
        ),
        ("docker run -u 1000:1000 app", "usermod -u 1001 app: done"),
    ),
    "mysql-password": Class(
        S,
        (
            f"mysql -h db -u root -p{S} sales",
            f"mysqldump --single-transaction -p{S} sales",
            f"running mariadb-dump -u x -p{S}",
        ),
        ("mysql -h db -P 3306 -p sales", "mysql is up on -port 3306"),
    ),
    "flag": Class(
        S,
        (
            f"node app.js --password {S} --port 1",
            f"deploy --api-key={S}",
            f"sshpass -p {S} ssh host",
            f"redis-cli -h cache -a {S} ping",
            f'["run", "--db-password", "{S}"]',
        ),
        ("run --password-file /run/pw --port 3", "usage: tool --token TOKEN_FILE is required"[:18]),
    ),
    "connection-string": Class(
        "two words 9x",
        (
            "Server=db;User Id=sa;Password=two words 9x;Encrypt=true",
            "AccountName=a;AccountKey=two words 9x;EndpointSuffix=x",
            "server=db; pwd = two words 9x ; uid=sa",
        ),
        ("Server=db;Integrated Security=true;Encrypt=true", "password; user; host are needed"),
    ),
    "header": Class(
        S,
        (
            f"x-api-key: {S}",
            f"{{'X-Auth-Token': '{S}'}}",
            f'"x-amz-security-token":"{S}"',
        ),
        ("x-request-id: 7f3a", "x-forwarded-for: 10.0.0.1"),
    ),
    "value": Class(
        S,
        (
            f"DB_PASSWORD={S}",
            f'{{"user":"bob","password":"{S}","n":1}}',
            f"{{'client_secret': '{S}'}}",
            f"{{ password: '{S}', host: 'db' }}",
            f"비밀번호: {S}",
            f'{{"m":"{{\\"token\\":\\"{S}\\",\\"n\\":1}}"}}',
            f"export AWS_SECRET_ACCESS_KEY={S}",
            f"dbPass = {S}",
            f"password => {S}",
            f"passphrase := {S}",
        ),
        (
            "DB_PASSWORD is not set",
            'password authentication failed for user "app"',
            "bypass: true, max_tokens: 4096, pass: 134",
            "DB_PASSWORD_FILE=/run/secrets/db",
            "PWD=/srv/app and TOKEN_TTL=3600s",
            "commit 3f785a1c2b9e4d5f6a7b8c9d0e1f2a3b4c5d6e7f",
            "id 7f9c24e8-3b12-4fef-91e0-56a2d5a1c0de",
            "SyntaxError: Unexpected token: }",
            "error: invalid token: expired",
            "GEMINI_API_KEY is not set",
            "password: ${DB_PASSWORD}",
            "비밀번호가 설정되지 않았습니다",
        ),
    ),
}


@pytest.fixture(scope="session")
def corpus() -> dict[str, Class]:
    """By the name of the class."""
    return CORPUS
