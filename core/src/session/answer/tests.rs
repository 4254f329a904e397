use super::*;

const JSON: Option<&str> = Some("application/json");
const PROBLEM: Option<&str> = Some("application/problem+json");
const TEXT: Option<&str> = Some("text/plain; charset=utf-8");

#[expect(clippy::unnecessary_wraps, reason = "an outcome is what is read")]
fn answer(status: u16, content_type: Option<&str>, body: &str) -> Outcome {
    let content_type = content_type.map(str::to_owned);
    Ok(Response { status, content_type, body: body.as_bytes().to_vec() })
}

fn session(access: &str, expires_in: &str, role: &str) -> String {
    format!(
        r#"{{"access_token":"{access}","refresh_token":"r","token_type":"Bearer","expires_in":{expires_in},
        "user":{{"role":"{role}","enabled":true,"must_change_password":false,"new":1}}}}"#
    )
}

fn granted(content_type: &str, body: &str) -> Option<Grant> {
    match login(&answer(200, Some(content_type), body)) {
        Ok(Login::Granted(grant)) => Some(grant),
        Ok(Login::Refused | Login::Disabled) => panic!("neither refused nor disabled"),
        Err(trouble) => {
            assert_eq!(trouble, Trouble::Contract(200));
            None
        }
    }
}

#[test]
fn a_grant_has_a_role_a_lifetime_and_tokens_that_fit_into_a_header() {
    let good = session("t", "900", "operator");
    let grant = granted("Application/JSON; charset=utf-8", &good).unwrap();
    assert_eq!((grant.role, grant.lifetime), (Role::Operator, Duration::from_secs(900)));
    assert_eq!(granted("application/json", &session("t", "1", "auditor")).unwrap().role, Role::User);
    for bad in [
        session("", "900", "operator"),
        session("a b", "900", "operator"),
        session("a\\nb", "900", "operator"),
        session("t", "0", "operator"),
        session("t", "-1", "operator"),
        session("t", "\"900\"", "operator"),
        good[..good.len() - 1].to_owned(),
        "null".to_owned(),
        "{}".to_owned(),
        String::new(),
        " ".repeat(BODY_LIMIT) + &good,
    ] {
        assert!(granted("application/json", &bad).is_none(), "{bad:.100}");
    }
    assert!(granted("text/html", &good).is_none());
    assert!(granted("application/problem+json", &good).is_none());
}

#[test]
fn auth_04_only_the_servers_own_refusal_is_one() {
    let is = |status, media| login(&answer(status, media, "{}"));
    assert!(matches!(is(401, PROBLEM), Ok(Login::Refused)));
    assert!(matches!(is(403, PROBLEM), Ok(Login::Disabled)));
    for (status, media) in [
        (401, TEXT),
        (401, JSON),
        (401, None),
        (403, TEXT),
        (403, Some("text/html")),
        (404, PROBLEM),
        (400, PROBLEM),
    ] {
        assert_eq!(is(status, media).unwrap_err(), Trouble::Contract(status), "{media:?}");
    }
    for status in [429, 500, 503, 599] {
        for media in [PROBLEM, TEXT, JSON, None] {
            assert_eq!(is(status, media).unwrap_err(), Trouble::Status(status));
            assert_eq!(probe(&answer(status, media, "")).unwrap_err(), Trouble::Status(status));
        }
    }
}

#[test]
fn refusals_of_the_gates_are_told_apart_by_status_then_by_text() {
    let is = |status, media, body: &str| creation(&answer(status, media, body));
    let must_change = "account \"admin\" must set a new password before performing other operations\n";
    assert_eq!(is(401, TEXT, must_change), Ok(Err(Refusal::Token)), "status first");
    assert_eq!(is(403, TEXT, must_change), Ok(Err(Refusal::MustChange)));
    assert_eq!(is(403, PROBLEM, must_change), Ok(Err(Refusal::Role)), "then the media type");
    assert_eq!(is(403, TEXT, "Admin access required\n"), Ok(Err(Refusal::Role)));
    assert_eq!(is(403, TEXT, "you must set a new password"), Ok(Err(Refusal::Role)));
    assert_eq!(is(403, Some("text/html"), must_change), Err(Trouble::Contract(403)));
    assert_eq!(is(401, PROBLEM, ""), Err(Trouble::Contract(401)));
    assert_eq!(is(409, TEXT, ""), Err(Trouble::Contract(409)));
    assert_eq!(is(200, JSON, ""), Err(Trouble::Contract(200)));
}

#[test]
fn the_list_says_something_about_the_token_or_nothing() {
    for (status, media, listed) in [
        (200, JSON, Listed::Read),
        (200, Some("text/html"), Listed::Other),
        (401, TEXT, Listed::Refused(Refusal::Token)),
        (401, Some("text/html"), Listed::Other),
        (403, TEXT, Listed::Refused(Refusal::Role)),
        (403, None, Listed::Other),
        (503, TEXT, Listed::Other),
        (404, TEXT, Listed::Other),
    ] {
        assert_eq!(Listed::of(status, media, b"[]"), listed, "{status} {media:?}");
    }
}

#[test]
fn what_is_no_route_is_no_object_that_is_missing() {
    assert_eq!(change(&answer(404, TEXT, "404 page not found")), Err(Trouble::Contract(404)));
    assert_eq!(change(&answer(404, PROBLEM, "")), Ok(Ok(false)));
    assert_eq!(account(&answer(404, TEXT, "")), Err(Trouble::Contract(404)));
    assert_eq!(account(&answer(404, PROBLEM, "")), Ok(Ok(None)));
    assert_eq!(probe(&answer(404, TEXT, "")), Err(Trouble::Contract(404)));
    assert_eq!(probe(&answer(405, None, "")), Err(Trouble::Contract(405)));
}

#[test]
fn a_response_shows_how_long_its_body_is_and_nothing_of_it() {
    let response = answer(200, JSON, "secret-token").unwrap();
    assert_eq!(format!("{response:?}"), "Response(200, Some(\"application/json\"), 12 bytes)");
    assert_eq!(BODY_LIMIT, 65_536);
}

#[test]
fn only_the_text_of_the_gate_asks_for_a_new_password() {
    let denied = |text: &str| Listed::of(403, TEXT, text.as_bytes());
    assert_eq!(
        denied("account \"k8s-operator\" must set a new password first"),
        Listed::Refused(Refusal::MustChange)
    );
    for role in ["account \"k8s-operator\" is not for this", "you must set a new password", "no"] {
        assert_eq!(denied(role), Listed::Refused(Refusal::Role), "{role}");
    }
}
