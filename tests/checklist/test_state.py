"""The state of an item is derived from evidence and content, and from nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mig_assist.checklist.evidence import Evidence, EvidenceKind, Outcome
from mig_assist.checklist.state import State, check_state, item_state
from mig_assist.findings import Finding, Severity

NOW = {"a.sql": "1", "b.sql": "2"}


def evidence(
    outcome: Outcome = Outcome.PASSED,
    inputs: dict[str, str] | None = None,
    check: str = "check",
    kind: EvidenceKind = EvidenceKind.CHECK,
    reason: str | None = None,
) -> Evidence:
    return Evidence(
        "item", check, kind, outcome, 1.0, 2.0, NOW if inputs is None else inputs,
        reason=reason, summary="seen",
    )  # fmt: skip


def skip(inputs: dict[str, str] | None = None) -> Evidence:
    return evidence(inputs=inputs, check="", kind=EvidenceKind.SKIP, reason="no visible change")


class TestOneCheck:
    def test_without_evidence_it_is_to_do(self) -> None:
        assert check_state(None, NOW).state is State.TODO

    def test_what_passed_on_this_content_is_done(self) -> None:
        assert check_state(evidence(), NOW).state is State.DONE

    def test_what_failed_on_this_content_is_failed(self) -> None:
        assert check_state(evidence(Outcome.FAILED), NOW).state is State.FAILED

    @pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED])
    def test_what_was_seen_on_other_content_is_stale_and_says_which(self, outcome: Outcome) -> None:
        state = check_state(evidence(outcome), {**NOW, "b.sql": "3"})
        assert (state.state, state.reason) == (State.STALE, "changed since: b.sql")

    def test_a_file_that_came_or_went_makes_it_stale(self) -> None:
        assert check_state(evidence(), {**NOW, "c.sql": "1"}).state is State.STALE
        assert check_state(evidence(), {"a.sql": "1"}).state is State.STALE

    def test_what_was_cancelled_is_to_do_again(self) -> None:
        assert check_state(evidence(Outcome.CANCELLED), NOW).state is State.TODO

    def test_a_long_list_of_changes_is_shortened(self) -> None:
        now = dict.fromkeys("abcd", "new")
        assert check_state(evidence(inputs={}), now).reason == "changed since: a, b and 2 more"


class TestAnItem:
    def test_it_is_done_when_every_check_is(self) -> None:
        both = [("x", NOW), ("y", NOW)]
        half = item_state([evidence(check="x")], both, NOW)
        assert (half.state, half.reason) == (State.TODO, "1 of 2 checks done")
        whole = item_state([evidence(check="x"), evidence(check="y")], both, NOW)
        assert whole.state is State.DONE
        assert len(whole.evidence) == 2

    def test_the_newest_evidence_of_a_check_counts(self) -> None:
        records = [evidence(Outcome.FAILED), evidence()]
        assert item_state(records, [("check", NOW)], NOW).state is State.DONE
        assert item_state(records[::-1], [("check", NOW)], NOW).state is State.FAILED

    def test_a_failure_weighs_more_than_what_is_stale_or_missing(self) -> None:
        checks = [("x", {"a.sql": "other"}), ("y", NOW), ("z", NOW)]
        records = [evidence(check="x"), evidence(Outcome.FAILED, check="y")]
        assert item_state(records, checks, NOW).state is State.FAILED

    def test_a_skip_holds_until_the_pair_changes(self) -> None:
        skipped = item_state([skip()], [("check", {})], NOW)
        assert (skipped.state, skipped.reason) == (State.SKIPPED, "skipped: no visible change")
        assert item_state([skip()], [("check", {})], {**NOW, "a.sql": "9"}).state is State.STALE

    def test_an_attestation_is_done_by_a_persons_word(self) -> None:
        word = evidence(check="", kind=EvidenceKind.ATTESTATION, reason="described in the wiki")
        state = item_state([word], [("check", {})], NOW)
        assert (state.state, state.reason) == (State.DONE, "attested: described in the wiki")

    def test_a_later_check_outweighs_an_earlier_skip_and_the_reverse(self) -> None:
        failed = evidence(Outcome.FAILED)
        assert item_state([skip(), failed], [("check", NOW)], NOW).state is State.FAILED
        assert item_state([failed, skip()], [("check", NOW)], NOW).state is State.SKIPPED

    def test_work_in_progress_is_running_whatever_was_before(self) -> None:
        assert item_state([skip()], [("check", NOW)], NOW, running=True).state is State.RUNNING

    def test_an_interrupted_run_is_named(self) -> None:
        state = item_state([], [("check", NOW)], NOW, interrupted=True)
        assert (state.state, "interrupted" in state.reason) == (State.TODO, True)

    def test_an_interruption_after_everything_passed_takes_nothing_back(self) -> None:
        assert item_state([evidence()], [("check", NOW)], NOW, interrupted=True).state is State.DONE


class TestWhatTheConfigurationSays:
    def test_what_does_not_apply_here_is_told_beside_the_last_check(self) -> None:
        note = Finding("tests/not-applicable", Severity.NOTE, "…")
        records = [
            evidence(check="x")._replace(summary="x does not apply here: why", findings=(note,)),
            evidence(check="y")._replace(summary="y ran"),
            evidence(check="z")._replace(summary="z ran"),
        ]
        state = item_state(records, [(key, NOW) for key in "xyz"], NOW)
        assert (state.state, state.reason) == (
            State.DONE,
            "x does not apply here: why; z ran",
        )

    def test_files_that_it_added_did_not_change_but_it_did(self) -> None:
        before = {"a.sql": "1", "b.sql": "1"}
        now = {"a.sql": "1", "src/tables.rs": "1", "the configuration (lists)": "1", "b.sql": "2"}
        state = check_state(evidence(inputs=before), now)
        assert state.reason == "changed since: the configuration (lists), b.sql"


digests = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("123"), max_size=4)


@given(then=digests, now=digests)
def test_a_proof_counts_exactly_while_its_content_is_unchanged(
    then: dict[str, str], now: dict[str, str]
) -> None:
    state = check_state(evidence(inputs=then), now).state
    assert state is (State.DONE if then == now else State.STALE)
