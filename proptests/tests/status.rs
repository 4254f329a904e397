//! The status of whatever is decided: it comes to rest, is what the API server accepts, and tells no secret (OBSV-01,
//! OBSV-02).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may give up as tests do")]

use dittofs_core::api::{DittoServer, DittoServerStatus};
use dittofs_core::events::events;
use dittofs_core::session::condition::Reason;
use dittofs_core::status::{Cycle, MESSAGE_LIMIT, patch, status};
use dittofs_core::testing::{session, succeeds, time};
use dittofs_core::{EventType, Observation, wire};
use dittofs_effects::{Effect, Executed, Outcome};
use dittofs_proptests::case::{Case, view};
use dittofs_proptests::strategies::{Input, input};
use proptest::prelude::*;

const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.e30.c2VjcmV0";

fn outcome() -> impl Strategy<Value = Option<Outcome>> {
    prop_oneof![
        4 => Just(Some(Outcome::Deleted)),
        1 => Just(None),
        1 => Just(Some(Outcome::Conflict)),
        1 => Just(Some(Outcome::Forbidden("no".repeat(2000)))),
        1 => Just(Some(Outcome::Unavailable("later".to_owned()))),
    ]
}

fn reason() -> impl Strategy<Value = Option<Reason>> {
    prop_oneof![
        Just(None),
        Just(Some(Reason::Authenticated)),
        Just(Some(Reason::ApiUnreachable)),
        Just(Some(Reason::AccountDisabled)),
    ]
}

/// One cycle, told at a time, with the status that the resource has.
fn cycle(
    case: &Case,
    observed: &Observation,
    executed: &[Executed],
    reason: Option<Reason>,
    had: Option<&DittoServerStatus>,
    now: &str,
) -> (DittoServer, DittoServerStatus) {
    let mut resource: DittoServer = serde_json::from_value(case.resource.clone()).unwrap();
    resource.status = had.cloned();
    let server = case.server();
    let told = status(&Cycle {
        resource: &resource,
        server: &server,
        cluster: &view(case, &case.world, &server),
        observed,
        executed,
        session: reason.map(session).as_ref(),
        now: &time(now),
    });
    (resource, told)
}

fn is_accepted(status: &DittoServerStatus) -> Result<(), TestCaseError> {
    let word = |text: &str| {
        !text.is_empty()
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let mut types: Vec<&str> = status.conditions.iter().map(|c| c.type_.as_str()).collect();
    types.sort_unstable();
    prop_assert!(types.windows(2).all(|pair| pair[0] != pair[1]), "a list map: {types:?}");
    for condition in &status.conditions {
        prop_assert!(word(&condition.reason), "{condition:?}");
        prop_assert!(condition.message.chars().count() <= MESSAGE_LIMIT);
        prop_assert!(["True", "False", "Unknown"].contains(&condition.status.as_str()));
    }
    let adapters: Vec<&str> = status.adapters.iter().map(|a| a.adapter_type.as_str()).collect();
    prop_assert!(adapters.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once: {adapters:?}");
    prop_assert!(status.adapters.iter().all(|a| a.reason.as_deref().is_some_and(word)));
    Ok(())
}

proptest! {
    #[test]
    fn obsv_02_a_status_comes_to_rest_at_once_and_is_accepted(
        input in input(),
        outcomes in prop::collection::vec(outcome(), 24),
        reason in reason(),
    ) {
        let decided = input.case().decided();
        let executed: Vec<Executed> = decided.effects.iter().enumerate().map(|(index, effect)| {
            let outcome = outcomes[index % outcomes.len()].clone();
            let written = |outcome| if outcome == Outcome::Deleted { succeeds(effect) } else { Some(outcome) };
            Executed { effect: effect.clone(), outcome: outcome.and_then(written).filter(|_| effect.target().is_some()) }
        }).collect();
        let tell = |had, now| cycle(&decided.case, &decided.observed, &executed, reason, had, now);
        let (_, first) = tell(None, "2030-01-01T08:00:00Z");
        is_accepted(&first)?;
        let (resource, second) = tell(Some(&first), "2031-01-01T08:00:00Z");
        prop_assert_eq!(patch(&resource, &second), None);
        let again = events(Some(&first), &second, &executed);
        prop_assert!(again.iter().all(|e| e.kind == EventType::Normal && e.related.is_some()), "{:?}", again);
        let all_done = executed.iter().all(|e| e.effect.target().is_none() || e.outcome == succeeds(&e.effect));
        let ready = second.conditions.iter().find(|c| c.type_ == "AdaptersReady").unwrap();
        prop_assert!(all_done || ready.status == "False", "what is not done is not ready: {}", ready.message);
        for event in events(None, &first, &executed) {
            prop_assert!(event.message.chars().count() <= MESSAGE_LIMIT);
        }
    }

    #[test]
    fn obsv_02_what_is_written_makes_the_status_what_it_is_to_be(one in input(), other in input()) {
        let told = |input: &Input, had: Option<&DittoServerStatus>| {
            let decided = input.case().decided();
            let executed = Executed::nothing(decided.effects.clone());
            cycle(&decided.case, &decided.observed, &executed, None, had, "2030-01-01T08:00:00Z")
        };
        let (_, before) = told(&one, None);
        let (resource, after) = told(&other, Some(&before));
        let mut stored = serde_json::json!({ "status": before });
        if let Some(patch) = patch(&resource, &after) {
            json_patch::merge(&mut stored, &patch);
        }
        prop_assert_eq!(&stored["status"], &serde_json::json!(after));
    }

    #[test]
    fn no_status_and_no_event_has_a_token_that_an_answer_repeats(
        input in input(),
        status in prop_oneof![Just(200_u16), Just(401), Just(403), Just(502)],
        before in "[a-z<> ]{0,40}",
    ) {
        let page = format!("{before} Authorization: Bearer {TOKEN} <br>");
        let json = serde_json::json!({ "detail": page }).to_string();
        for (media, body) in [("text/html", &page), ("application/problem+json", &json), ("application/json", &page)] {
            let observed = wire::observe(status, Some(media), body.as_bytes());
            let case = input.case();
            let server = case.server();
            let effects: Vec<Effect> =
                dittofs_core::decide(&observed, &view(&case, &case.world, &server), &server);
            let executed = Executed::nothing(effects);
            let (_, told) = cycle(&case, &observed, &executed, None, None, "2030-01-01T08:00:00Z");
            let told = format!("{}{:?}", serde_json::json!(told), events(None, &told, &executed));
            prop_assert!(!told.contains("eyJ"), "{told}");
        }
    }
}
