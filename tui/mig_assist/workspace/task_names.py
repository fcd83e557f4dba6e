"""What the migration page calls the tasks of a workspace."""

LIBSQL_MIGRATE = "gateway-migrate"
POSTGRES_START = "postgres-start"
POSTGRES_MIGRATE = "gateway-migrate-prod"
STORE_TESTS = "test-store"
POSTGRES_TESTS = "test-rust-postgres"
SMOKE = "test-gateway-postgres-smoke"
LINT = "lint"
TEST = "test"

ALL = (
    LIBSQL_MIGRATE,
    POSTGRES_START,
    POSTGRES_MIGRATE,
    STORE_TESTS,
    POSTGRES_TESTS,
    SMOKE,
    LINT,
    TEST,
)
"""In the order in which the page comes to them."""

NOT_APPLICABLE = "tests/not-applicable"
"""The code of the note that one of them is absent here by the workspace's own word."""
