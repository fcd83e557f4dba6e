"""Teams, users, memberships, service accounts and API keys."""

from __future__ import annotations

from harness import Clock
from refusals import Refusal, refused
from repository import Store
from sample import Sample


def test_a_slug_belongs_to_one_team(store: Store) -> None:
    store.add_team("research")
    with refused(Refusal.UNIQUE):
        store.add_team("research")
    store.add_team("Research")


def test_a_user_is_found_by_their_address_in_any_case(store: Store) -> None:
    user = store.add_user("Ada@Example.org")
    assert store.find_user("aDA@example.ORG") == user
    assert store.find_user("grace@example.org") is None
    with refused(Refusal.UNIQUE):
        store.add_user("ada@example.org")


def test_a_subject_of_the_identity_provider_belongs_to_one_user(store: Store) -> None:
    ada, grace = store.add_user("ada@example.org"), store.add_user("grace@example.org")
    by_oidc = {"sign_in": "oidc", "password_hash": None, "oidc_subject": "subject-1"}
    store.update("users", {"id": ada}, **by_oidc)
    with refused(Refusal.UNIQUE):
        store.update("users", {"id": grace}, **by_oidc)


def test_a_user_is_a_member_of_a_team_once(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.add_member(sample.team, sample.user, "admin")
    with refused(Refusal.FOREIGN_KEY):
        store.add_member(sample.team, "user_unknown")
    with refused(Refusal.FOREIGN_KEY):
        store.add_member("team_unknown", sample.user)


def test_a_team_has_one_owner_and_any_number_of_others(store: Store, sample: Sample) -> None:
    for name in ("grace", "edsger"):
        store.add_member(sample.team, store.add_user(f"{name}@example.org"), "admin")
    with refused(Refusal.UNIQUE):
        store.add_member(sample.team, store.add_user("barbara@example.org"), "owner")
    store.add_member(store.add_team("design"), sample.user, "owner")


def test_a_service_account_name_is_unique_within_its_team(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.add_service_account(sample.team, "nightly evaluation")
    store.add_service_account(store.add_team("design"), "nightly evaluation")


def test_a_user_key_needs_a_membership_in_the_key_s_own_team(store: Store, sample: Sample) -> None:
    design = store.add_team("design")
    with refused(Refusal.FOREIGN_KEY):
        store.issue_api_key(design, "laptop", user=sample.user)
    store.add_member(design, sample.user)
    store.issue_api_key(design, "laptop", user=sample.user)


def test_a_service_account_key_stays_in_the_account_s_own_team(
    store: Store, sample: Sample
) -> None:
    design = store.add_team("design")
    with refused(Refusal.FOREIGN_KEY):
        store.issue_api_key(design, "runner", service_account=sample.service_account)


def test_a_live_key_is_found_by_its_secret_until_it_expires(
    store: Store, sample: Sample, clock: Clock
) -> None:
    key = store.issue_api_key(
        sample.team, "for an hour", user=sample.user, expires_at=store.now() + 3600
    )
    assert store.find_api_key(key.secret) == key.id
    assert store.find_api_key("guessed") is None
    clock.advance(3600)
    assert store.find_api_key(key.secret) is None
    assert store.find_api_key(sample.user_key.secret) == sample.user_key.id


def test_rotation_leaves_both_keys_working_until_the_old_one_is_revoked(
    store: Store, sample: Sample
) -> None:
    old = sample.service_key
    new = store.issue_api_key(
        sample.team, "runner 2", service_account=sample.service_account, rotated_from=old.id
    )
    assert store.find_api_key(old.secret) == old.id
    assert store.find_api_key(new.secret) == new.id
    assert store.revoke_api_key(old.id)
    assert not store.revoke_api_key(old.id)
    assert store.find_api_key(old.secret) is None
    assert store.value("api_keys", "rotated_from_key_id", id=new.id) == old.id


def test_a_key_name_is_free_again_once_its_key_is_revoked(store: Store, sample: Sample) -> None:
    with refused(Refusal.UNIQUE):
        store.issue_api_key(sample.team, "laptop", user=sample.user)
    store.revoke_api_key(sample.user_key.id)
    store.issue_api_key(sample.team, "laptop", user=sample.user)
    assert store.count("api_keys", team_id=sample.team, name="laptop") == 2


def test_prefixes_and_secrets_are_unique(store: Store, sample: Sample) -> None:
    for column in ("prefix", "secret_hash"):
        taken = store.value("api_keys", column, id=sample.user_key.id)
        with refused(Refusal.UNIQUE):
            store.update("api_keys", {"id": sample.service_key.id}, **{column: taken})
