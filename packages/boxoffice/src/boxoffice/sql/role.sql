-- The application's role, shared by all databases of the server: made if missing.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'boxoffice_app') THEN
        CREATE ROLE boxoffice_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
EXCEPTION
    -- Another database of the same server was upgraded at the same moment.
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION
            'role "boxoffice_app" is missing and "%" may not create it; as a superuser run: '
            'CREATE ROLE boxoffice_app NOLOGIN; GRANT boxoffice_app TO %',
            current_user, quote_ident(current_user);
END
$$;

-- Creating a role does not include the right to become it (PostgreSQL 16 and newer).
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_auth_members AS membership
        JOIN pg_roles AS role ON role.oid = membership.roleid
        JOIN pg_roles AS login ON login.oid = membership.member
        WHERE role.rolname = 'boxoffice_app' AND login.rolname = current_user
          AND (to_jsonb(membership) ->> 'set_option') IS DISTINCT FROM 'false'
    ) THEN
        EXECUTE format('GRANT boxoffice_app TO %I', current_user);
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION
            '"%" may not become "boxoffice_app"; as a superuser run: GRANT boxoffice_app TO %',
            current_user, quote_ident(current_user);
END
$$;
