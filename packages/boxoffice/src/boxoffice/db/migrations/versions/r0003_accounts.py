"""People: users, their performances, sessions, tokens, audit."""

from alembic import op

revision = "0003"
down_revision = "0002"

_TABLES = """
CREATE TABLE boxoffice.app_user (
    id bigint GENERATED ALWAYS AS IDENTITY,
    email text NOT NULL,
    name text NOT NULL,
    role smallint DEFAULT 2 NOT NULL,
    can_upload boolean DEFAULT false NOT NULL,
    can_manage boolean DEFAULT false NOT NULL,
    all_performances boolean DEFAULT false NOT NULL,
    is_approved boolean DEFAULT false NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT app_user_pkey PRIMARY KEY (id),
    CONSTRAINT app_user_email_key UNIQUE (email),
    CONSTRAINT app_user_name_key UNIQUE (name),
    CONSTRAINT app_user_email_check CHECK (email = lower(email)),
    CONSTRAINT app_user_role_check CHECK (role IN (0, 1, 2)),
    CONSTRAINT app_user_administrator_check CHECK (
        role = 2 OR (can_upload AND can_manage AND all_performances AND is_approved)
    )
);

CREATE TABLE boxoffice.user_performance (
    user_id bigint NOT NULL,
    performance_id bigint NOT NULL,
    CONSTRAINT user_performance_pkey PRIMARY KEY (user_id, performance_id),
    CONSTRAINT user_performance_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES boxoffice.app_user (id) ON DELETE CASCADE,
    CONSTRAINT user_performance_performance_id_fkey FOREIGN KEY (performance_id)
        REFERENCES boxoffice.performance (id) ON DELETE CASCADE
);
CREATE INDEX user_performance_performance_idx ON boxoffice.user_performance (performance_id);

CREATE TABLE boxoffice.user_password (
    user_id bigint NOT NULL,
    argon2 text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT user_password_pkey PRIMARY KEY (user_id),
    CONSTRAINT user_password_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES boxoffice.app_user (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.password_reset (
    code_sha256 text NOT NULL,
    user_id bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT password_reset_pkey PRIMARY KEY (code_sha256),
    CONSTRAINT password_reset_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES boxoffice.app_user (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.user_session (
    token_sha256 text NOT NULL,
    user_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT user_session_pkey PRIMARY KEY (token_sha256),
    CONSTRAINT user_session_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES boxoffice.app_user (id) ON DELETE CASCADE
);
CREATE INDEX user_session_user_idx ON boxoffice.user_session (user_id);

CREATE TABLE boxoffice.api_token (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    name text NOT NULL,
    token_sha256 text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz,
    CONSTRAINT api_token_pkey PRIMARY KEY (id),
    CONSTRAINT api_token_token_sha256_key UNIQUE (token_sha256),
    CONSTRAINT api_token_user_id_name_key UNIQUE (user_id, name),
    CONSTRAINT api_token_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES boxoffice.app_user (id) ON DELETE CASCADE
);

CREATE TABLE boxoffice.sign_in_attempt (
    key text NOT NULL,
    attempts integer NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT sign_in_attempt_pkey PRIMARY KEY (key)
);

CREATE TABLE boxoffice.audit_event (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT audit_event_pkey PRIMARY KEY (id)
);
"""


def upgrade() -> None:
    """Forward only: going back is restoring a backup."""
    op.execute(_TABLES)
