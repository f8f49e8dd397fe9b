"""Object-relational mappers."""

from typing import Final

from usher.diagnosis.signature import Rank, Restart, Severity, Signature
from usher.model import symptoms

SIGNATURES: Final = (
    Signature(
        "orm.double_initialize",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=symptoms.INITIALIZED_TWICE,
        place="app log",
        cause="DataSource initialised at module load and again in main",
        collect="Stack of both calls; grep for initialize( calls; sockets per pid",
        remedy="Keep one initialisation; guard with isInitialized plus a shared promise",
        example=(
            "CannotConnectAlreadyConnectedError: Cannot initialize DataSource because it is"
            " already connected to the database."
        ),
        benign="DataSource initialized once, 12 entities",
    ),
    Signature(
        "orm.not_connected",
        Severity.ERROR,
        Restart.ONCE,
        Rank.CODE,
        pattern=(
            "Driver not Connected|CannotExecuteNotConnectedError"
            "|connection is not yet established|DataSource (?:is )?not initialized"
        ),
        place="app log",
        cause="Requests served before/without DB init (init error swallowed)",
        collect="Startup log around init, readiness vs listen time",
        remedy="Fail start or gate readiness on DB",
        example="TypeORMError: Driver not Connected",
        benign="driver connected to postgres in 31 ms",
    ),
    Signature(
        "orm.entity_missing",
        Severity.ERROR,
        Restart.NO,
        Rank.ROOT,
        pattern='EntityMetadataNotFoundError|No metadata for "[^"]+" was found',
        place="app log",
        cause="Entity not registered or wrong dist glob",
        collect="Entity list, build output path",
        remedy="Code/build fix",
        example='EntityMetadataNotFoundError: No metadata for "User" was found.',
        benign="metadata of 12 entities loaded",
    ),
    Signature(
        "orm.prisma_init",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=(
            "@prisma/client did not initialize yet|Cannot find module '\\.prisma/client"
            "|Prisma Client could not locate the Query Engine"
            "|Named export 'PrismaClient' not found"
        ),
        place="app log",
        cause="Prisma's client was not generated, or for another system",
        collect="node_modules/.prisma/client; whether the build runs `prisma generate`",
        remedy="Run `prisma generate` in the build, for the system it runs on",
        example=(
            'Error: @prisma/client did not initialize yet. Please run "prisma generate" and try to '
            "import it again."
        ),
        benign="prisma client initialized with 10 connections",
        provoked=False,
    ),
    Signature(
        "orm.invalid_arguments",
        Severity.ERROR,
        Restart.NO,
        Rank.CODE,
        pattern="PrismaClientValidationError",
        place="app log",
        cause="A query was built of values that the schema does not allow, often undefined",
        collect="The call below the message, where its values come from",
        remedy="Check the values before the query",
        example="PrismaClientValidationError: Invalid `prisma.order.findUnique()` invocation in",
        benign="PrismaClient validated 12 models",
    ),
    Signature(
        "orm.stub_object",
        Severity.CRITICAL,
        Restart.NO,
        Rank.ROOT,
        pattern=r"\b(?:sequelize|shim|dataSource|prisma|pool)\.\w+ is not a function",
        place="app log",
        cause="Fallback stub used because config missing",
        collect="Which env/config made DB disabled",
        remedy="Fix config",
        example="TypeError: shim.authenticate is not a function",
        benign="function pool.warm is deprecated, use pool.prepare",
    ),
)
"""In no order: what ranks before what is said by `rank` and by the place in a log."""
