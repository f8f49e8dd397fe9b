"""The Node.js runtime."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature

SIGNATURES: Final = (
    Signature(
        "node.heap_oom",
        Severity.CRITICAL,
        Restart.AUTO,
        Rank.ROOT,
        pattern=(
            "JavaScript heap out of memory|Reached heap limit"
            "|Ineffective mark-compacts near heap limit"
        ),
        place="stderr",
        cause="V8 heap limit: leak or limit too small",
        collect=(
            "--max-old-space-size, RSS/heap trend over uptime, last GC lines, heap snapshot"
            " if enabled"
        ),
        remedy="Fix leak; raise limit below RAM",
        example="FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        benign="heap: 212 MB used of a limit of 4144 MB",
    ),
    Signature(
        "node.module_missing",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "Cannot find module '|Cannot find package '|ERR_MODULE_NOT_FOUND"
            r"|DriverPackageNotInstalledError|Please install \S{1,80} package manually"
        ),
        place="stderr",
        cause="Dependency not installed, entry not built, --production install lacks it",
        collect="Does entry file exist, node_modules age vs lock file, build revision",
        remedy="Install/build",
        example="Error: Cannot find module 'does-not-exist'",
        benign="module 'orders' found in 3 ms",
    ),
    Signature(
        "node.esm_mismatch",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "Cannot use import statement outside a module|ERR_REQUIRE_ESM"
            r"|require\(\) of ES Module|Unexpected token 'export'"
            "|module is not defined in ES module scope"
        ),
        place="stderr",
        cause=".js vs .cjs/.mjs or package type",
        collect="package.json type, extension",
        remedy="Rename/convert",
        example="SyntaxError: Cannot use import statement outside a module",
        benign="import statement checked: all modules are ES modules",
    ),
    Signature(
        "node.syntax_error",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "^SyntaxError: (?!Unexpected end of JSON|Cannot use import|Unexpected token .* in JSON)"
        ),
        place="stderr",
        cause="Bad build or too old node",
        collect="File:line, node version",
        remedy="Rollback",
        example="SyntaxError: Unexpected token ';'",
        benign="query syntax: no SyntaxError in 212 templates",
    ),
    Signature(
        "node.bad_json",
        Severity.ERROR,
        Restart.NO,
        Rank.CODE,
        pattern=(
            "Unexpected end of JSON input|Unexpected token .{1,3} in JSON|is not valid JSON"
            "|JSONDecodeError"
        ),
        place="app log",
        cause="Truncated config or upstream HTML error page",
        collect="File size/mtime or upstream status",
        remedy="Fix file",
        example="SyntaxError: Unexpected end of JSON input",
        benign="wrote 12 lines of JSON to input.json",
    ),
    Signature(
        "node.uncaught_type_error",
        Severity.CRITICAL,
        Restart.ONCE,
        Rank.CODE,
        pattern=(
            "TypeError: Cannot (?:read propert|set propert|convert undefined or null|destructure)"
            r"|TypeError: \S+ is not (?:a function|iterable)|ReferenceError: "
        ),
        place="stderr",
        cause="Code defect on a request or background path",
        collect="Full stack, first app frame, last request before exit, revision",
        remedy="Code fix/rollback; restart helps only until the next trigger",
        example="TypeError: Cannot convert undefined or null to object",
        benign='validation: field "age" has the wrong type, 400 sent',
    ),
    Signature(
        "node.unhandled_rejection",
        Severity.CRITICAL,
        Restart.ONCE,
        Rank.CONSEQUENCE,
        pattern=(
            "ERR_UNHANDLED_REJECTION|UnhandledPromiseRejection|UNHANDLED REJECTION"
            r"|\b[Uu]nhandled(?: [Pp]romise)? [Rr]ejection\b"
        ),
        place="stderr",
        cause="Async error without handler",
        collect="Reason, stack",
        remedy="Code fix",
        example=(
            "UnhandledPromiseRejection: This error originated either by throwing inside of "
            "an async function without a catch block"
        ),
        benign="loan application 17 was rejected by rule 3",
    ),
    Signature(
        "node.exception_swallowed",
        Severity.ERROR,
        Restart.AUTO,
        Rank.CONSEQUENCE,
        pattern=r"UNCAUGHT EXCEPTION|\bUncaught [Ee]xception\b|\buncaughtException\b",
        place="stderr",
        cause="Handler logs and keeps the process in undefined state",
        collect="Did port stay listening? state after",
        remedy="Treat as degraded; verify listen + probe; restart",
        example=(
            "UNCAUGHT EXCEPTION (LOGGED) listen EADDRINUSE: address already in use 127.0.0.1:55844"
        ),
        benign="exception list loaded: 12 entries",
    ),
    Signature(
        "node.stack_overflow",
        Severity.ERROR,
        Restart.ONCE,
        Rank.CODE,
        pattern="Maximum call stack size exceeded",
        place="stderr",
        cause="Recursion/cyclic data",
        collect="Stack",
        remedy="Code fix",
        example="RangeError: Maximum call stack size exceeded",
        benign="call stack depth 40 of at most 200",
    ),
    Signature(
        "node.headers_sent",
        Severity.WARNING,
        Restart.NO,
        Rank.CODE,
        pattern="ERR_HTTP_HEADERS_SENT|Cannot set headers after they are sent",
        place="app log",
        cause="Double response",
        collect="Stack",
        remedy="Code fix",
        example=(
            "Error [ERR_HTTP_HEADERS_SENT]: Cannot set headers after they are sent to the client"
        ),
        benign="headers sent to the client in 3 ms",
    ),
    Signature(
        "node.invalid_header",
        Severity.WARNING,
        Restart.NO,
        Rank.CODE,
        pattern="ERR_INVALID_CHAR|Invalid character in header content",
        place="app log",
        cause=(
            "Bad header value; for x-action-redirect: scanner/exploit traffic against "
            "server actions"
        ),
        collect="Header name, source IPs, framework version vs advisories",
        remedy="Patch framework; treat as security hint",
        example=(
            'TypeError [ERR_INVALID_CHAR]: Invalid character in header content ["x-action-'
            'redirect"]'
        ),
        benign="header content-type accepted",
    ),
    Signature(
        "node.listener_leak",
        Severity.WARNING,
        Restart.NO,
        Rank.CODE,
        pattern="MaxListenersExceededWarning",
        place="stderr",
        cause="Listener added per request/connection",
        collect="Event name, growth",
        remedy="Code fix",
        example=(
            "MaxListenersExceededWarning: Possible EventEmitter memory leak detected. 11 x "
            "listeners added"
        ),
        benign="11 listeners registered",
    ),
    Signature(
        "node.bad_option",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern="node: bad option:",
        place="stderr",
        cause="node_args unsupported by this version",
        collect="node -v, args",
        remedy="Fix args",
        example="node: bad option: --bogus-opt",
        benign="node: option --inspect is off",
    ),
    Signature(
        "node.native_abi",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            r"was compiled against a different Node\.js version|invalid ELF header"
            "|ERR_DLOPEN_FAILED"
        ),
        place="stderr",
        cause="node upgraded without rebuild",
        collect="node ABI, module path",
        remedy="npm rebuild",
        example=(
            "Error: The module '/srv/app/node_modules/bcrypt/bcrypt.node' was compiled "
            "against a different Node.js version using"
        ),
        benign="native module sharp loaded for Node.js v24",
        provoked=False,
    ),
    Signature(
        "node.unsettled_await",
        Severity.ERROR,
        Restart.NO,
        Rank.CODE,
        pattern="Detected unsettled top-level await",
        place="stderr",
        cause="Module never finishes loading",
        collect="Exit 13",
        remedy="Code fix",
        example="Warning: Detected unsettled top-level await at file:///srv/app/main.mjs:3",
        benign="top-level await settled in 4 ms",
        provoked=False,
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
