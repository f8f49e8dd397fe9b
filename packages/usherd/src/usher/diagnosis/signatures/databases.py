"""Databases: PostgreSQL, MySQL and MariaDB."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature
from usher.model import symptoms

SIGNATURES: Final = (
    Signature(
        "db.connection_refused",
        Severity.CRITICAL,
        Restart.WAIT,
        Rank.ROOT,
        pattern=(
            r"(?:ECONNREFUSED|[Cc]onnection refused|Connect call failed)[^\n]{0,80}?\b{PORTS}\b"
            r"|\b{PORTS}\b[^\n]{0,60}?[Cc]onnection refused|SequelizeConnectionRefusedError"
            "|Can't connect to (?:local )?(?:MySQL )?server (?:on|through)"
            r"|connection to server on socket [^\n]{1,200} failed: (?:No such|Connection ref)"
            r"|Can't reach database server at|\bP1001\b"
        ),
        place="app log",
        cause="The database does not run, host or port is wrong, or a firewall refuses",
        collect="TCP connect to DB host:port; env host/port source; pg_isready; container state",
        remedy="Start/repair DB or fix host/port",
        example=(
            'connection failed: connection to server at "127.0.0.1", port 5432 failed: '
            "Connection refused"
        ),
        benign="connected to postgres at 127.0.0.1:5432 after 1 attempt",
    ),
    Signature(
        "db.auth_failed",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "password authentication failed for user"
            r"|Access denied for user '[^']*'@'[^']*' \(using password|InvalidPasswordError"
            r"|\b28P01\b|Authentication failed against (?:the )?database server|\bP1000\b"
            "|MongoServerError: Authentication failed"
        ),
        place="app+DB log",
        cause="Wrong or rotated password; wrong env file",
        collect="Which env file/var supplied it (name only), last change time, role exists?",
        remedy="Correct the secret; never retry in a tight loop (lock-out)",
        example='error: password authentication failed for user "app"',
        benign="password authentication succeeded for user app",
    ),
    Signature(
        "db.password_not_string",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern="client password must be a string",
        place="app log",
        cause="Password env missing (undefined) or parsed as number by YAML/JSON",
        collect="Env var presence and type, env file loaded?",
        remedy="Set variable, quote it, load env file",
        example="Error: SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string",
        benign="the password must be a string of at least 12 characters",
    ),
    Signature(
        "db.database_missing",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r'database "[^"]+" does not exist'
            r"|Unknown database '|\b3D000\b"
        ),
        place="app+DB log",
        cause="Wrong DB name or DB never created/restored",
        collect="List of databases; env value source",
        remedy="Create/restore or fix name",
        example='error: database "nope" does not exist',
        benign='database "shop" exists, nothing to create',
    ),
    Signature(
        "db.access_denied",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r"no pg_hba\.conf entry for(?![^\n]*(?:no encryption|SSL off)$)"
            "|ER_DBACCESS_DENIED_ERROR"
            "|Access denied for user '[^']*'@'[^']*' to database '[^']+'"
            '|role "[^"]+" (?:does not exist|is not permitted to log in)'
            "|permission denied for (?:table|schema|relation|database|sequence)"
        ),
        place="app+DB log",
        cause="Host or role not allowed",
        collect="Client address seen by server, role grants",
        remedy="Grant / pg_hba rule",
        example="Error: Access denied for user 'app'@'%' to database 'nope'",
        benign="permission granted for table orders",
    ),
    Signature(
        "db.tls_unsupported",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern="server does not support SSL",
        place="app log",
        cause="Client forces TLS (ssl:true in production) and server has it off",
        collect="sslmode / ssl option; server setting ssl",
        remedy="Align both ends",
        example="Error: The server does not support SSL connections",
        benign="the server supports SSL since version 9",
    ),
    Signature(
        "db.tls_required",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "SSL connection is required|(?:server|connection) requires? SSL|, no encryption$"
            "|, SSL off$"
        ),
        place="app log",
        cause="Server demands TLS, client plain",
        collect="sslmode",
        remedy="Add sslmode=require",
        example=(
            'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "app", database "shop",'
            " no encryption"
        ),
        benign="connected with TLS 1.3, encryption required by policy",
        provoked=False,
    ),
    Signature(
        "db.too_many_connections",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=symptoms.TOO_MANY_CONNECTIONS,
        place="app+DB log",
        cause="Instances x pool above budget, leaked pool, or another client",
        collect="pg_stat_activity by user/app/addr; sockets per pid; budget table (section D)",
        remedy="Lower pool or instances, terminate leaked sessions, add pooler",
        example=(
            "error: remaining connection slots are reserved for non-replication superuser "
            "connections"
        ),
        benign="pool: 18 of 20 connections in use",
    ),
    Signature(
        "db.pool_timeout",
        Severity.ERROR,
        Restart.ONCE,
        Rank.ROOT,
        pattern=(
            r"timeout exceeded when trying to connect|QueuePool limit of size \d+"
            "|SequelizeConnectionAcquireTimeoutError"
            r"|Timed out fetching a new connection from the connection pool|\bP2024\b"
            "|Queue limit reached|ResourceRequest timed out"
        ),
        place="app log",
        cause="Pool exhausted: leaked checkout, slow query, pool too small",
        collect="Active vs idle-in-transaction sessions, longest query, requests in flight",
        remedy="Fix leak/slow query; one restart frees leaked checkouts",
        example="Error: timeout exceeded when trying to connect",
        benign="pool created: limit 10, timeout 20 s",
    ),
    Signature(
        "db.connect_timeout",
        Severity.ERROR,
        Restart.WAIT,
        Rank.ROOT,
        pattern=(
            "Error: timeout expired|Connection terminated due to connection timeout"
            r"|connection to server at [^\n]* timeout expired"
            r"|connect ETIMEDOUT [^\n]*:{PORTS}"
        ),
        place="app log",
        cause="Network drop, DB overloaded, security group",
        collect="TCP connect time, DB load",
        remedy="Network/DB fix",
        example="Error: timeout expired",
        benign="session timeout set to 30 s, cookie expires in 7 d",
    ),
    Signature(
        "db.connection_lost",
        Severity.ERROR,
        Restart.ONCE,
        Rank.CODE,
        pattern=(
            "Connection terminated unexpectedly|server closed the connection unexpectedly"
            "|MySQL server has gone away|Lost connection to MySQL|PROTOCOL_CONNECTION_LOST"
            "|terminating connection due to administrator command"
            "|connection is in closed state|SSL connection has been closed unexpectedly"
            r"|\b57P01\b|AdminShutdown"
        ),
        place="app log",
        cause="DB restarted, idle timeout, admin kill, failover",
        collect="DB uptime, idle timeout settings, time since last query",
        remedy="Reconnect logic / keepalive; restart only if the app does not recover in N probes",
        example="error: terminating connection due to administrator command",
        benign="connection terminated by client after 20 s, as asked",
    ),
    Signature(
        "db.not_ready",
        Severity.WARNING,
        Restart.WAIT,
        Rank.ROOT,
        pattern=(
            "the database system is (?:starting up|in recovery mode"
            "|not yet accepting connections|shutting down)"
            r"|\b57P03\b"
        ),
        place="app+DB log",
        cause="DB booting or in crash recovery",
        collect="DB log tail",
        remedy="Wait with backoff; do not count toward the crash limit",
        example="FATAL:  the database system is in recovery mode",
        benign="the database system is ready to accept connections",
    ),
    Signature(
        "db.relation_missing",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r'relation "[^"]+" does not exist'
            r"|ER_NO_SUCH_TABLE|Table '[^']+' doesn't exist"
            "|Could not find the table '[^']+' in the schema cache|no such table:"
        ),
        place="app+DB log",
        cause="Migrations not run, wrong DB/schema, restored without tables",
        collect="Table list, migration table head, search_path",
        remedy="Run migrations / restore",
        example='error: relation "sessions" does not exist',
        benign='relation "sessions" created',
    ),
    Signature(
        "db.column_missing",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r'column "?[\w.]+"? (?:of relation "[^"]+" )?does not exist'
            r"|Unknown column '"
        ),
        place="app log",
        cause="Code newer than schema (deploy order)",
        collect="Migration head vs code revision",
        remedy="Migrate or roll back code",
        example='error: column "nickname" of relation "users" does not exist',
        benign='column "nickname" added to relation "users"',
        provoked=False,
    ),
    Signature(
        "db.statement_timeout",
        Severity.WARNING,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "canceling statement due to (?:statement timeout|lock timeout"
            "|idle-in-transaction timeout|user request)"
        ),
        place="app+DB log",
        cause="Slow query or lock wait",
        collect="pg_stat_activity, pg_locks, query id",
        remedy="Index/lock fix",
        example="error: canceling statement due to statement timeout",
        benign="statement timeout set to 30 s",
    ),
    Signature(
        "db.deadlock",
        Severity.WARNING,
        Restart.NO,
        Rank.ROOT,
        pattern="deadlock detected|ER_LOCK_DEADLOCK|Deadlock found when trying",
        place="app+DB log",
        cause="Lock order conflict",
        collect="DB log DETAIL",
        remedy="Retry in app",
        example="error: deadlock detected",
        benign="no deadlock in the last 24 h",
        provoked=False,
    ),
    Signature(
        "db.unique_violation",
        Severity.INFO,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "duplicate key value violates unique constraint|ER_DUP_ENTRY|UNIQUE constraint failed"
        ),
        place="app+DB log",
        cause="Application data conflict; or restore over a non-empty DB",
        collect="Constraint name",
        remedy="Application fix",
        example='error: duplicate key value violates unique constraint "u_pkey"',
        benign='unique constraint "u_pkey" checked: no duplicate key',
    ),
    Signature(
        "db.client_misuse",
        Severity.ERROR,
        Restart.ONCE,
        Rank.CODE,
        pattern=(
            "Client has already been connected|Cannot use a pool after calling end"
            "|Client was closed and is not queryable"
        ),
        place="app log",
        cause="Client reused after shutdown or connected twice",
        collect="Stack frame",
        remedy="Code fix; often a symptom of shutdown order",
        example="Error: Cannot use a pool after calling end on the pool",
        benign="client connected; pool has ended 3 idle clients",
    ),
    Signature(
        "db.bad_url",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "ERR_INVALID_URL|TypeError: Invalid URL"
            r"|invalid (?:connection option|port number|dsn)\b"
            r"|[Cc]ould not parse[^\n]{0,40}URL"
        ),
        place="app log",
        cause="Unescaped character in URL password, missing part, quotes kept",
        collect="URL shape with secret masked (scheme, user?, host, port, db)",
        remedy="Percent-encode, fix quoting",
        example="TypeError: Invalid URL",
        benign="callback URL is valid: https://shop.example/return",
    ),
    Signature(
        "db.server_crash",
        Severity.CRITICAL,
        Restart.WAIT,
        Rank.ROOT,
        pattern=(
            r"server process \(PID \d+\) was terminated by signal"
            "|database system was not properly shut down"
        ),
        place="DB log",
        cause="Backend killed (OOM/kill -9) and recovery",
        collect="DB log, kernel log",
        remedy="Find killer; wait for recovery",
        example="database system was not properly shut down; automatic recovery in progress",
        benign="server process started with PID 412; previous shutdown was proper",
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
