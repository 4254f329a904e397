use super::*;

fn list(body: &str) -> Observation {
    observe(200, Some("application/json"), body.as_bytes())
}

fn entries(body: &str) -> Vec<Entry> {
    match list(body) {
        Observation::Reported(report) => report.entries().to_vec(),
        other => panic!("{body} gave {other:?}"),
    }
}

fn why(observation: Observation) -> Why {
    match observation {
        Observation::Unavailable(why) => why,
        other => panic!("not unavailable: {other:?}"),
    }
}

fn running(port: &str) -> Result<Port, String> {
    let body = format!(r#"[{{"type":"nfs","enabled":true,"running":true,"port":{port}}}]"#);
    match entries(&body).remove(0).state {
        State::Running(port) => port,
        other => panic!("{other:?}"),
    }
}

#[test]
fn disc_03_what_is_no_contract_is_unavailable() {
    for status in [201, 204, 301, 400, 401, 403, 404, 429, 500, 502, 503, 504] {
        assert!(matches!(
            why(observe(status, Some("application/json"), b"[]")),
            Why::Status { status: s, .. } if s == status
        ));
    }
    let html = b"<html><body>Down for maintenance</body></html>";
    for media_type in
        [None, Some("text/html"), Some("text/plain; charset=utf-8"), Some("application/problem+json")]
    {
        assert!(matches!(why(observe(200, media_type, html)), Why::MediaType { .. }), "{media_type:?}");
        assert!(matches!(why(observe(200, media_type, b"[]")), Why::MediaType { .. }), "{media_type:?}");
    }
    assert!(matches!(why(list("<html></html>")), Why::NotJson { .. }));
    for (body, shape) in [
        ("{}", "an object"),
        ("{\"adapters\":[]}", "an object"),
        ("7", "7"),
        ("true", "the boolean true"),
        ("\"[]\"", "the string \"[]\""),
    ] {
        assert_eq!(why(list(body)), Why::NotAList(shape.to_owned()));
    }
}

#[test]
fn a_problem_document_is_shown_by_its_detail() {
    for (body, text) in [
        (
            r#"{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"Failed to list adapters"}"#,
            "Failed to list adapters",
        ),
        (r#"{"title":"Bad\u001b[31m Gateway","detail":""}"#, "Bad[31m Gateway"),
        (r#"{"detail":7}"#, r#"{"detail":7}"#),
        ("", ""),
        ("[", "["),
    ] {
        assert_eq!(
            why(observe(500, None, body.as_bytes())),
            Why::Status { status: 500, text: text.to_owned() }
        );
    }
}

#[test]
fn safe_06_a_truncated_body_is_unavailable_wherever_it_is_cut() {
    let body =
        r#"[{"type":"nfs","enabled":true,"running":true,"port":12049},{"type":"smb","enabled":false}]"#;
    for cut in 1..body.len() {
        assert!(matches!(why(list(&body[..cut])), Why::NotJson { .. }), "cut at {cut}");
    }
    assert!(matches!(why(list("[] []")), Why::NotJson { .. }), "trailing bytes are not read past");
    assert!(matches!(why(list("[]]")), Why::NotJson { .. }));
}

#[test]
fn safe_06_a_body_that_is_not_utf_8_is_unavailable() {
    let body = b"[{\"type\":\"nfs\",\"enabled\":false,\"running\":false,\"port\":1,\"read past\":\"\x80\"}]";
    assert!(matches!(why(observe(200, Some("application/json"), body)), Why::NotJson { .. }));
}

#[test]
fn the_order_of_clashing_entries_means_nothing() {
    let report = |body: &str| match list(body) {
        Observation::Reported(report) => report,
        other => panic!("{other:?}"),
    };
    let (a, b) = (r#"{"type":"nfs"}"#, r#"{"type":"nfs","enabled":true}"#);
    assert_eq!(report(&format!("[{a},{b}]")), report(&format!("[{b},{a}]")));
}

#[test]
fn bodies_are_read_to_the_limit_and_text_is_shown_to_its_own() {
    let spaces = |n: usize| format!("[{}]", " ".repeat(n - 2));
    assert_eq!(list(&spaces(16 * 1024 * 1024)), Observation::Empty(EmptyKind::List));
    assert!(matches!(why(list(&spaces(16 * 1024 * 1024 + 1))), Why::TooLarge { .. }));
    assert_eq!(shown("z".repeat(SHOWN).as_bytes()), "z".repeat(SHOWN));
    assert!(shown("z".repeat(SHOWN + 1).as_bytes()).ends_with("z…"));
    assert_eq!(shown(format!("{}x", " ".repeat(4 * SHOWN - 1)).as_bytes()), "x");
}

#[test]
fn the_three_kinds_of_nothing_are_told_apart() {
    assert_eq!(list("[]"), Observation::Empty(EmptyKind::List));
    assert_eq!(list(" [ ]\n"), Observation::Empty(EmptyKind::List));
    assert_eq!(list("null\n"), Observation::Empty(EmptyKind::Null));
    assert_eq!(list(""), Observation::Empty(EmptyKind::NoBody));
    assert_eq!(list(" \n\t"), Observation::Empty(EmptyKind::NoBody));
    assert_eq!(observe(200, None, b""), Observation::Empty(EmptyKind::NoBody));
}

#[test]
fn media_type_parameters_and_case_do_not_matter() {
    for media_type in
        ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=UTF-8"]
    {
        assert_eq!(observe(200, Some(media_type), b"[]"), Observation::Empty(EmptyKind::List));
    }
}

#[test]
fn srvc_02_port_0_is_the_default_of_the_type() {
    let body = r#"[{"type":"nfs","enabled":true,"running":true,"port":0},{"type":"smb","enabled":true,"running":true,"port":0},
                   {"type":"ftp","enabled":true,"running":true,"port":0}]"#;
    let states: Vec<_> = entries(body).into_iter().map(|e| (e.adapter.to_string(), e.state)).collect();
    assert!(
        matches!(&states[0], (a, State::Running(Err(text))) if a == "ftp" && text.contains("ftp has none"))
    );
    assert_eq!(states[1], ("nfs".to_owned(), State::Running(Ok(Port::literal::<12049>()))));
    assert_eq!(states[2], ("smb".to_owned(), State::Running(Ok(Port::literal::<12445>()))));
}

#[test]
fn hostile_ports_hold_one_adapter_and_are_named() {
    for (bad, named) in [
        ("-1", "port -1 "),
        ("65536", "port 65536 "),
        ("1000000000", "port 1000000000 "),
        ("1e9", "port 1000000000.0 "),
        ("1.5", "port 1.5 "),
        ("12049.0", "port 12049.0 "),
        ("-0.0", "port -0.0 "),
        ("99999999999999999999", "port 1e+20 "),
        ("\"12049\"", "port the string \"12049\" "),
        ("null", "port null "),
        ("true", "port the boolean true "),
        ("[]", "port a list "),
        ("{}", "port an object "),
    ] {
        let text = running(bad).unwrap_err();
        assert!(text.starts_with(named), "{bad}: {text}");
    }
    assert_eq!(running("65535"), Ok(Port::literal::<65535>()));
    assert_eq!(running("1"), Ok(Port::literal::<1>()));
}

#[test]
fn flags_that_are_no_booleans_hold_the_entry() {
    for (entry, text) in [
        (r#"{"type":"nfs","running":true,"port":1}"#, "enabled is missing"),
        (r#"{"type":"nfs","enabled":true,"port":1}"#, "running is missing"),
        (
            r#"{"type":"nfs","enabled":"true","running":true}"#,
            "enabled is the string \"true\", not a boolean",
        ),
        (r#"{"type":"nfs","enabled":true,"running":1}"#, "running is 1, not a boolean"),
        (r#"{"type":"nfs","enabled":null,"running":true}"#, "enabled is null, not a boolean"),
        (r#"{"type":"nfs","enabled":true,"enabled":false,"running":true}"#, "enabled is there twice"),
        (r#"{"type":"nfs","enabled":false}"#, "running is missing"),
    ] {
        assert_eq!(entries(&format!("[{entry}]"))[0].state, State::Invalid(text.to_owned()), "{entry}");
    }
    let twice = r#"[{"type":"nfs","enabled":true,"running":true,"port":1,"port":2}]"#;
    assert_eq!(entries(twice)[0].state, State::Running(Err("port is there twice".to_owned())));
}

#[test]
fn an_entry_without_a_name_is_kept_as_such() {
    for (entry, text) in [
        ("7", "entry 0 is 7"),
        ("null", "entry 0 is null"),
        ("true", "entry 0 is the boolean true"),
        ("-3", "entry 0 is -3"),
        ("1.5", "entry 0 is 1.5"),
        ("[[1]]", "entry 0 is a list"),
        ("\"nfs\"", "entry 0 is the string \"nfs\""),
        ("{}", "entry 0 has no type"),
        (r#"{"type":7}"#, "entry 0 has 7 as its type"),
        (r#"{"type":"nfs","type":"smb"}"#, "entry 0 has two types"),
        (
            r#"{"type":""}"#,
            "entry 0 has a type without a usable name: adapter type \"\" has no letter or digit",
        ),
    ] {
        match list(&format!("[{entry}]")) {
            Observation::Reported(report) => assert_eq!(report.unnamed(), [text.to_owned()], "{entry}"),
            other => panic!("{entry} gave {other:?}"),
        }
    }
}

#[test]
fn hostile_types_are_sanitised_and_kept_apart_from_what_was_written() {
    let long = "x".repeat(300);
    let body = format!(
        r#"[{{"type":"NFS"}},{{"type":"web.dav"}},{{"type":"däv"}},{{"type":"{long}"}},{{"type":"nfs"}}]"#
    );
    let found: Vec<_> = entries(&body).into_iter().map(|e| (e.adapter.to_string(), e.written)).collect();
    let want = [("d-v", "däv"), ("nfs", "NFS"), ("nfs", "nfs"), ("web-dav", "web.dav"), (&long, &long)];
    assert_eq!(found, want.map(|(a, w)| (a.to_owned(), w.to_owned())));
}

#[test]
fn a_hundred_megabytes_are_refused_and_ten_thousand_entries_are_not() {
    let body = vec![b' '; 100 * 1024 * 1024];
    assert_eq!(why(observe(200, Some("application/json"), &body)), Why::TooLarge { limit: BODY_LIMIT });
    let entry = |i| format!(r#"{{"type":"a{i}","enabled":true,"running":true,"port":{}}}"#, i + 1);
    let body = format!("[{}]", (0..10_000).map(entry).collect::<Vec<_>>().join(","));
    assert_eq!(entries(&body).len(), 10_000);
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(matches!(list(&nested), Observation::Reported(r) if r.unnamed() == ["entry 0 is a list"]));
    let in_a_field = format!(r#"[{{"type":{nested}}}]"#);
    assert!(
        matches!(why(list(&in_a_field)), Why::NotJson { .. }),
        "deep nesting does not overflow the stack"
    );
}

#[test]
fn foreign_text_is_cut_and_stripped_of_control_characters() {
    let body = format!("\u{1b}[31mred\n\tline {}", "y".repeat(500));
    match why(observe(503, None, body.as_bytes())) {
        Why::Status { text, .. } => {
            assert!(text.starts_with("[31mred line yyy") && text.ends_with('…'), "{text}");
            assert_eq!(text.chars().count(), SHOWN + 1);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(shown(b"\xff\xfe"), "\u{fffd}\u{fffd}");
}

#[test]
fn a_token_that_an_answer_repeats_is_not_shown() {
    let page = "<p>Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln <b>\"eyJ0\"</b> was refused";
    let Observation::Unavailable(why) = observe(502, Some("text/html"), page.as_bytes()) else { panic!() };
    assert!(!why.to_string().contains("eyJ"), "{why}");
    assert!(why.to_string().contains("Bearer [token] [token] was refused"), "{why}");
}
