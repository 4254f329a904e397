//! What DittoFS answers, as bytes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ADAPTERS, adapter, port};
use crate::case::Answer;

const LONG: &str = "a123456789b123456789c123456789d123456789e123456789f123456789g123456789";

/// Any answer: mostly lists, some of them hostile, some no lists at all.
pub fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        12 => good_answer(),
        4 => hostile_list(),
        4 => no_report(),
    ]
}

/// A list of valid entries, none of which is there twice.
pub fn good_answer() -> impl Strategy<Value = Answer> {
    let one = |(adapter, home): (&'static str, u16)| prop::option::weighted(0.75, entry(adapter, home));
    ADAPTERS.map(one).prop_map(|entries| {
        let mut entries: Vec<Value> = entries.into_iter().flatten().collect();
        if entries.is_empty() {
            entries.push(json!({ "type": "other", "enabled": false, "running": false, "port": 1 }));
        }
        Answer::list(&entries)
    })
}

fn entry(adapter: &'static str, home: u16) -> impl Strategy<Value = Value> {
    let state = prop_oneof![6 => Just((true, true)), 1 => Just((true, false)), 2 => Just((false, false))];
    let port = prop_oneof![5 => Just(home), 1 => Just(0), 3 => port()];
    (state, port).prop_map(move |((enabled, running), port)| {
        json!({ "type": adapter, "enabled": enabled, "running": running, "port": port, "status": { "status": "x" } })
    })
}

/// Valid entries with others among them that are not.
fn hostile_list() -> impl Strategy<Value = Answer> {
    let good = adapter().prop_flat_map(|a| entry(a, 12049));
    // Too long for the name of a Service, and for the value of a label.
    let long = prop::sample::select(vec![LONG, &LONG[..55]])
        .prop_map(|a| json!({ "type": a, "enabled": true, "running": true, "port": 2049 }));
    prop::collection::vec(prop_oneof![6 => good, 3 => odd_entry(), 2 => odd_value(), 1 => long], 1..5)
        .prop_map(|entries| Answer::list(&entries))
}

/// Some of them have the names of companions' container ports.
fn odd_types() -> Vec<Value> {
    let texts =
        ["NFS", "nfs.", "web.dav", "n\u{e4}s", "", "--", "smb", "nfs", "api", "nfs-pm", "mdns", "wsd"];
    let long = ["l".repeat(300), "a".repeat(60)];
    let texts = texts.map(str::to_owned).into_iter().chain(long).map(Value::from);
    texts.chain([json!(1), Value::Null]).collect()
}

fn odd_ports() -> Vec<Value> {
    let numbers = [-1, 0, 65_536, 1_000_000_000, 12049, 1445, 1].map(Value::from);
    let others = [json!(1.5), json!("12049"), Value::Null, json!([]), json!(u64::MAX)];
    numbers.into_iter().chain(others).collect()
}

fn odd_entry() -> impl Strategy<Value = Value> {
    let flags =
        || vec![json!(true), json!(true), json!(true), json!(false), json!("true"), json!(1), Value::Null];
    let field = |values: Vec<Value>| prop::option::weighted(0.9, prop::sample::select(values));
    (field(odd_types()), field(flags()), field(flags()), field(odd_ports())).prop_map(
        |(kind, enabled, running, port)| {
            let mut entry = json!({ "id": "x" });
            for (name, value) in [("type", kind), ("enabled", enabled), ("running", running), ("port", port)]
            {
                if let Some(value) = value {
                    entry[name] = value;
                }
            }
            entry
        },
    )
}

fn odd_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        Value::Null,
        json!([]),
        json!({}),
        json!(7),
        json!("nfs"),
        json!(true),
        json!([[]]),
    ])
}

/// Answers that say nothing, and no answer at all.
fn no_report() -> impl Strategy<Value = Answer> {
    let html = "<html><body>Down for maintenance</body></html>";
    let list = r#"[{"type":"nfs","enabled":true,"running":true,"port":12049}]"#;
    let http = |status, kind: Option<&str>, body: &str| {
        Answer::Http(status, kind.map(str::to_owned), body.as_bytes().to_vec())
    };
    let json = Some("application/json");
    let fixed = prop::sample::select(vec![
        Answer::NotPolled,
        Answer::None,
        http(200, json, "[]"),
        http(200, json, "[]\n"),
        http(200, json, "null"),
        http(200, json, ""),
        http(200, None, ""),
        http(200, json, r#"{"adapters":[]}"#),
        http(200, Some("text/html"), html),
        http(200, json, html),
        http(200, Some("text/plain"), "[]"),
        http(401, Some("text/plain"), "Invalid or expired token"),
        http(403, json, "[]"),
        http(404, json, list),
        http(500, json, "[]"),
        http(503, None, ""),
        http(204, json, ""),
        http(302, Some("text/html"), ""),
    ]);
    let truncated = (0..list.len()).prop_map(move |end| http(200, json, &list[..end]));
    let empty = prop::sample::select(vec!["[]", "[ ]\n", "null", "", " \n"])
        .prop_map(move |body| http(200, json, body));
    prop_oneof![3 => fixed, 1 => truncated, 2 => empty]
}

/// Bytes of which nothing is known: noise, JSON-like noise, answers with bytes changed.
pub fn hostile_bytes() -> impl Strategy<Value = (u16, Option<String>, Vec<u8>)> {
    let status = prop_oneof![4 => Just(200_u16), 1 => any::<u16>()];
    let media_type = prop_oneof![
        4 => Just(Some("application/json".to_owned())),
        1 => prop::option::of(any::<String>()),
    ];
    let alphabet: Vec<u8> = br#"[]{}",:truefalsn0123456789.-e \nportypeabdig"#.to_vec();
    let like_json = prop::collection::vec(prop::sample::select(alphabet), 0..80);
    let list = hostile_list().prop_map(|a| if let Answer::Http(_, _, body) = a { body } else { Vec::new() });
    let damaged = (list, any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut body, at, byte)| {
        let at = at.index(body.len());
        body[at] = byte;
        body
    });
    let body = prop_oneof![prop::collection::vec(any::<u8>(), 0..60), like_json, damaged];
    (status, media_type, body)
}
