//! Whom is believed, and for how long nobody is.

use super::*;

#[test]
fn safe_04_a_suspect_is_asked_again_right_after_its_grace_period_and_not_for_ever() {
    let discovery = answer(regular(), &list(false), 100);
    let slow = server(300);
    let due = discovery.due(&slow).unwrap();
    assert_eq!(due, Duration::from_millis(145_001), "an interval later would be too late");
    assert_eq!(discovery.due(&server(30)), Some(secs(130)), "an interval earlier comes first");
    let (discovery, _) =
        discovery.answered(&list(false), Moment { now: due, jitter: Jitter::MIDDLE }, GRACE, true);
    assert!(confirmed(&discovery));
    assert_eq!(discovery.due(&slow), Some(due + secs(300)), "what is confirmed needs no other poll");
}

#[test]
fn safe_04_a_suspect_does_not_make_polls_closer_than_a_second() {
    let hasty = ServerSpec { not_running_grace_period: Duration::ZERO, ..server(300) };
    let (discovery, _) = polling().answered(&list(false), at(100), Duration::ZERO, true);
    assert_eq!(discovery.due(&hasty), Some(secs(101)));
}

#[test]
fn safe_04_whatever_is_no_report_is_a_gap() {
    for gap in [refused(), json("[]"), http(503, "text/plain", ""), list(true)] {
        let discovery = answer(polling(), &list(false), 0);
        let discovery = answer(answer(discovery, &gap, 30), &list(false), 50);
        assert!(!confirmed(&discovery), "{gap:?}");
        assert!(confirmed(&answer(discovery, &list(false), 96)));
    }
    let discovery = answer(polling(), &list(false), 0).with_token(None, secs(1)).with_token(Some(2), secs(2));
    assert!(!confirmed(&answer(discovery, &list(false), 50)));
}

#[test]
fn safe_04_safe_06_what_an_unready_server_says_is_not_acted_on() {
    let discovery = answer(polling(), &list(false), 0);
    let (discovery, notice) = discovery.answered(&list(false), at(50), GRACE, false);
    assert_eq!(*discovery.observation(), Observation::NotYetPolled);
    assert_eq!((notice, discovery.last_success()), (None, Some(secs(0))));
    assert_eq!(discovery.due(&server(30)), Some(secs(80)));
    assert!(!confirmed(&answer(discovery.clone(), &list(false), 80)), "it starts over");
    let (empty, _) = discovery.clone().answered(&json("[]"), at(50), GRACE, false);
    assert_eq!(*empty.observation(), Observation::NotYetPolled);
    let (failed, _) = discovery.answered(&refused(), at(50), GRACE, false);
    assert!(matches!(failed.observation(), Observation::Unavailable(_)), "a failure is one all the same");
}

#[test]
fn obsv_03_safe_04_a_pod_that_becomes_ready_is_asked_at_once_and_is_not_the_one_before() {
    let mut discovery = polling();
    for n in 0..6 {
        discovery = answer(discovery, &refused(), n);
    }
    let discovery = discovery.pod_became_ready(secs(10));
    assert_eq!(discovery.due(&server(30)), Some(secs(10)));
    let discovery = answer(discovery, &refused(), 10);
    assert_eq!(discovery.due(&server(30)), Some(secs(12)), "the delay starts over");
    let reported = answer(discovery, &list(false), 12).pod_became_ready(secs(13));
    assert_eq!(*reported.observation(), Observation::NotYetPolled);
    assert!(!confirmed(&answer(reported, &list(false), 60)));
}

#[test]
fn safe_06_an_answer_of_the_pod_before_is_not_believed() {
    let first = polling().pod_became_ready(secs(0));
    assert_eq!(first.due(&server(30)), polling().due(&server(30)), "the first polls are spread all the same");
    let discovery = polling().asked(secs(0)).pod_became_ready(secs(1));
    assert_eq!(discovery.due(&server(30)), None, "still outstanding");
    let late = answer(discovery.clone(), &list(true), 2);
    assert_eq!(*late.observation(), Observation::NotYetPolled);
    assert_eq!(late.due(&server(30)), Some(secs(2)), "the new one is asked at once");
    assert!(matches!(answer(late, &list(true), 3).observation(), Observation::Reported(_)));
    let failed = answer(discovery.clone(), &refused(), 2);
    assert_eq!(failed.due(&server(30)), Some(secs(4)));
    assert!(matches!(answer(failed, &list(true), 4).observation(), Observation::Reported(_)));
    let again = answer(discovery.abandoned(), &list(true), 2);
    assert!(matches!(again.observation(), Observation::Reported(_)));
}
