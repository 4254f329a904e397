use super::*;
use crate::observation::{EmptyKind, State, Why};
use crate::session::answer::{Listed, Outcome, Refusal, Response, Transport};

mod belief;

const GRACE: Duration = Duration::from_secs(45);

fn at(seconds: u64) -> Moment {
    Moment { now: Duration::from_secs(seconds), jitter: Jitter::MIDDLE }
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn server(interval: u64) -> ServerSpec {
    ServerSpec { polling_interval: secs(interval), ..ServerSpec::new("files", "srv") }
}

#[expect(clippy::unnecessary_wraps, reason = "an outcome is what is answered")]
fn http(status: u16, media: &str, body: &str) -> Outcome {
    Ok(Response { status, content_type: Some(media.to_owned()), body: body.as_bytes().to_vec() })
}

fn json(body: &str) -> Outcome {
    http(200, "application/json", body)
}

fn list(running: bool) -> Outcome {
    json(&format!(r#"[{{"type":"nfs","enabled":true,"running":{running},"port":12049}}]"#))
}

fn refused() -> Outcome {
    Err(Transport::Refused)
}

fn polling() -> Discovery {
    Discovery::new(at(0)).with_token(Some(1), secs(0))
}

/// The first poll is answered.
fn regular() -> Discovery {
    answer(polling(), &list(true), 0)
}

fn answer(discovery: Discovery, answer: &Outcome, seconds: u64) -> Discovery {
    discovery.answered(answer, at(seconds), GRACE, true).0
}

fn confirmed(discovery: &Discovery) -> bool {
    match discovery.observation() {
        Observation::Reported(report) => report.entries()[0].state == State::NotRunning { confirmed: true },
        other => panic!("{other:?}"),
    }
}

#[test]
fn first_polls_are_spread_over_five_seconds_or_the_interval() {
    let due = |interval, jitter| {
        let moment = Moment { now: secs(100), jitter: Jitter::new(jitter) };
        Discovery::new(moment).with_token(Some(1), secs(100)).due(&server(interval)).unwrap()
    };
    assert_eq!(
        (due(30, 0), due(30, 500), due(30, 1000)),
        (secs(100), Duration::from_millis(102_500), secs(105))
    );
    assert_eq!(due(1, 1000), secs(101));
}

#[test]
fn the_second_poll_comes_within_an_interval_and_from_then_on_each_after_one() {
    let second = |interval, jitter, listed: &Outcome| {
        let moment = Moment { now: secs(10), jitter: Jitter::new(jitter) };
        let answered = polling().asked(secs(10)).answered(listed, moment, GRACE, true).0;
        answered.due(&server(interval)).unwrap()
    };
    assert_eq!(
        [0, 1, 500, 1000].map(|jitter| second(30, jitter, &list(true))),
        [secs(11), secs(11), secs(25), secs(40)]
    );
    assert_eq!(second(1, 1000, &list(true)), secs(11));
    let confirmed = secs(55) + Duration::from_millis(1);
    assert_eq!([500, 1000].map(|jitter| second(300, jitter, &list(false))), [confirmed; 2], "a suspect");
    assert_eq!(second(60, 500, &list(false)), secs(40), "or sooner");
    let third = answer(polling().asked(secs(10)), &list(true), 10).asked(secs(25));
    assert_eq!(answer(third, &list(true), 25).due(&server(30)), Some(secs(55)));
}

#[test]
fn disc_01_disc_02_the_interval_counts_from_the_last_poll_and_a_new_one_at_once() {
    let discovery = answer(regular().asked(secs(10)), &list(true), 12);
    assert_eq!(discovery.due(&server(30)), Some(secs(40)), "from when it was asked");
    assert_eq!(discovery.due(&server(5)), Some(secs(15)));
    assert_eq!(discovery.due(&server(300)), Some(secs(310)));
    let hasty = ServerSpec { polling_interval: Duration::from_millis(1), ..server(1) };
    assert_eq!(discovery.due(&hasty), Some(secs(11)), "never closer than a second");
    let unasked = answer(regular(), &list(true), 12);
    assert_eq!(unasked.due(&server(30)), Some(secs(42)));
}

#[test]
fn nobody_is_polled_twice_at_once_nor_without_token_replicas_or_server() {
    let discovery = polling();
    assert!(discovery.due(&server(30)).is_some() && !discovery.is_waiting());
    assert_eq!(discovery.due(&ServerSpec { replicas: 0, ..server(30) }), None);
    assert_eq!(discovery.due(&ServerSpec { deleting: true, ..server(30) }), None);
    let asked = discovery.clone().asked(secs(1));
    assert!(asked.is_waiting());
    assert_eq!(asked.due(&server(30)), None);
    assert_eq!(asked.abandoned().due(&server(30)), discovery.due(&server(30)));
    assert_eq!(discovery.with_token(None, secs(2)).due(&server(30)), None);
    assert_eq!(Discovery::new(at(0)).due(&server(30)), None, "there was no token yet");
}

#[test]
fn obsv_03_failures_back_off_from_2_s_whatever_the_interval_and_success_ends_it() {
    let mut discovery = polling();
    let mut waits = Vec::new();
    for n in 0..10 {
        discovery = answer(discovery, &refused(), n * 1000);
        let due = discovery.due(&server(30)).unwrap();
        assert_eq!(discovery.due(&server(1)), Some(due), "the interval does not matter");
        waits.push(due.saturating_sub(secs(n * 1000)).as_secs());
    }
    assert_eq!(waits, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    assert_eq!(discovery.failures(), 10);
    let discovery = answer(discovery, &list(true), 20_000);
    assert_eq!(discovery.due(&server(30)), Some(secs(20_030)));
    assert_eq!(discovery.last_success(), Some(secs(20_000)));
    let discovery = answer(discovery, &refused(), 20_030);
    assert_eq!(discovery.due(&server(30)), Some(secs(20_032)), "the first one again");
    assert_eq!(discovery.last_success(), Some(secs(20_000)));
}

#[test]
fn auth_04_one_line_per_change_of_cause_then_per_doubling_and_one_when_it_is_over() {
    let mut discovery = polling();
    let mut lines = |answer: &Outcome, tries: u32| -> Vec<Notice> {
        (0..tries)
            .filter_map(|_| {
                let (next, notice) = discovery.clone().answered(answer, at(0), GRACE, true);
                discovery = next;
                notice
            })
            .collect()
    };
    let times = |notices: Vec<Notice>| -> Vec<u32> {
        let times = |notice: &Notice| match notice {
            Notice::Failed { times, .. } => *times,
            other => panic!("{other:?}"),
        };
        assert!(notices.iter().all(Notice::is_warning));
        notices.iter().map(times).collect()
    };
    assert_eq!(times(lines(&refused(), 9)), [1, 2, 4, 8]);
    assert_eq!(times(lines(&http(503, "text/plain", "x"), 2)), [1, 2]);
    assert_eq!(lines(&list(true), 3), [Notice::Recovered]);
    assert!(!Notice::Recovered.is_warning());
    assert_eq!(lines(&json("[]"), 3), [Notice::Empty(EmptyKind::List)]);
    assert_eq!(lines(&json("null"), 2), [Notice::Empty(EmptyKind::Null)]);
    assert_eq!(lines(&list(true), 1), [], "it was no failure");
    let line = lines(&refused(), 1)[0].to_string();
    assert!(line.contains("the connection was refused (1 in a row; next try in 2.0 s)"), "{line}");
    assert!(Notice::Empty(EmptyKind::Null).to_string().contains("null"));
    assert_eq!(Notice::Recovered.to_string(), "the adapters can be read again");
}

#[test]
fn disc_03_an_outage_is_one_observation_whose_text_stays() {
    let first = answer(polling(), &http(503, "text/plain", "try 1"), 0);
    let second = answer(first.clone(), &http(500, "text/plain", "try 2"), 2);
    assert_eq!(first.observation(), second.observation());
    let other = answer(second, &refused(), 6);
    assert_eq!(
        *other.observation(),
        Observation::Unavailable(Why::NoAnswer("the connection was refused".into()))
    );
    let page = answer(other, &http(200, "text/html", "<p>"), 14);
    assert!(matches!(page.observation(), Observation::Unavailable(Why::MediaType { .. })));
    let empty = answer(page, &json("[]"), 22);
    assert_eq!(*empty.observation(), Observation::Empty(EmptyKind::List));
    assert_eq!(empty.last_success(), Some(secs(22)), "a complete list");
    assert_eq!(answer(empty, &json("null"), 30).last_success(), Some(secs(22)));
}

#[test]
fn causes_are_kinds_and_not_texts() {
    let status = |status| Why::Status { status, text: String::new() }.cause();
    assert_eq!(
        [401, 403, 400, 404, 499, 500, 503, 302, 399].map(status),
        [
            "Unauthorized",
            "Unauthorized",
            "ClientError",
            "ClientError",
            "ClientError",
            "Status",
            "Status",
            "Status",
            "Status",
        ]
    );
}

#[test]
fn without_a_token_everybody_is_held_and_a_new_one_is_tried_at_once() {
    let fresh = polling().with_token(None, secs(0));
    assert_eq!(*fresh.observation(), Observation::NotYetPolled);
    for known in [list(true), json("[]")] {
        let lost = answer(polling(), &known, 0).with_token(None, secs(5));
        assert_eq!(*lost.observation(), Observation::Unavailable(Why::NoToken));
        assert_eq!(lost.with_token(Some(2), secs(9)).due(&server(300)), Some(secs(9)));
    }
    let failed = answer(answer(polling(), &refused(), 0), &refused(), 2);
    assert_eq!(failed.clone().with_token(Some(1), secs(3)).due(&server(30)), Some(secs(6)), "the same one");
    assert_eq!(failed.clone().with_token(Some(2), secs(3)).due(&server(30)), Some(secs(3)));
    let lost = failed.with_token(None, secs(3));
    assert!(matches!(lost.observation(), Observation::Unavailable(Why::NoAnswer(_))), "it says more");
    let late = answer(polling().asked(secs(0)).with_token(None, secs(1)), &list(true), 2);
    assert_eq!(
        *late.observation(),
        Observation::Unavailable(Why::NoToken),
        "it went while the answer was awaited"
    );
    let renewed =
        regular().asked(secs(0)).answered(&list(true), at(0), GRACE, true).0.with_token(Some(2), secs(5));
    assert_eq!(renewed.due(&server(30)), Some(secs(30)), "a token that is renewed in time changes nothing");
}

#[test]
fn what_a_list_says_of_the_token_goes_to_the_session() {
    assert_eq!(listed(&refused()), Listed::Other);
    assert_eq!(listed(&list(true)), Listed::Read);
    assert_eq!(listed(&http(401, "text/plain", "Invalid token")), Listed::Refused(Refusal::Token));
    assert_eq!(listed(&http(403, "text/plain", "no")), Listed::Refused(Refusal::Role));
}
