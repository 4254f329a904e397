use serde_json::json;

use super::*;

const RULE: Rule = Rule::Members(&[
    ("labels", Rule::Members(&[])),
    ("resources", Rule::Quantities),
    ("env", Rule::Items("name", &Rule::Whole)),
    ("ports", Rule::Items("name", &Rule::Fields)),
    ("containers", Rule::Items("name", &Rule::Members(&[("env", Rule::Items("name", &Rule::Whole))]))),
]);

fn lay_over(observed: &Value, wanted: &Value, book: Option<&Book>, known: &[&str]) -> (Laid, Value) {
    let object = json!({ "spec": observed });
    let can_wait: CanWait = |name, _, _| name == "mode";
    let laid = lay(&["spec"], &RULE, (Some(observed), wanted), book, known, can_wait);
    let after = laid.difference.applied_to(&object).unwrap_or(object);
    (laid, after["spec"].clone())
}

#[test]
fn what_others_put_there_stays_and_what_is_wanted_comes() {
    let observed = json!({
        "labels": { "foreign": "1", "ours": "old" }, "resources": { "limits": { "cpu": "1" } },
        "env": [{ "name": "A", "value": "a" }, { "name": "FOREIGN", "value": "f" }], "other": 1,
        "containers": [{ "name": "sidecar", "env": [] }, { "name": "main", "env": [{ "name": "X", "value": "1" }] }],
    });
    let wanted = json!({
        "labels": { "ours": "new" }, "resources": { "limits": { "cpu": "1000m" } },
        "env": [{ "name": "B", "value": "b" }, { "name": "A", "value": "a2" }], "command": ["run"],
        "containers": [{ "name": "main", "env": [{ "name": "X", "value": "2" }, { "name": "Y", "value": "3" }] }],
    });
    let (laid, after) = lay_over(&observed, &wanted, None, &[]);
    let expected = json!({
        "labels": { "foreign": "1", "ours": "new" }, "resources": { "limits": { "cpu": "1" } },
        "env": [{ "name": "A", "value": "a2" }, { "name": "FOREIGN", "value": "f" }, { "name": "B", "value": "b" }],
        "other": 1, "command": ["run"],
        "containers": [
            { "name": "sidecar", "env": [] },
            { "name": "main", "env": [{ "name": "X", "value": "2" }, { "name": "Y", "value": "3" }] },
        ],
    });
    assert_eq!(after, expected);
    assert!(laid.presses);
    let (again, _) = lay_over(&after, &wanted, Some(&laid.book), &[]);
    assert!(again.difference.is_empty(), "{:?}", again.difference);
    assert_eq!(again.book, laid.book);
}

#[test]
fn what_is_booked_and_no_longer_wanted_goes_from_the_end_of_its_list() {
    let names = |count: usize| (0..count).map(|n| json!({ "name": format!("E{n}") })).collect::<Vec<_>>();
    let observed = json!({ "env": names(13), "labels": { "l": "1" } });
    let (laid, _) = lay_over(&json!({}), &observed, None, &[]);
    let wanted = json!({ "env": [{ "name": "E3" }, { "name": "NEW" }] });
    let (less, after) = lay_over(&observed, &wanted, Some(&laid.book), &[]);
    assert_eq!(after, json!({ "env": [{ "name": "E3" }, { "name": "NEW" }], "labels": {} }));
    assert!(less.presses);
    assert_eq!(less.book.keys().collect::<Vec<_>>(), ["env.E3", "env.NEW"]);
}

#[test]
fn comp_01_without_a_book_only_what_is_known_goes() {
    let observed = json!({ "env": [{ "name": "KNOWN" }, { "name": "FOREIGN" }, { "name": "WANTED" }] });
    let wanted = json!({ "env": [{ "name": "WANTED" }] });
    let known = ["env.KNOWN", "env.WANTED"];
    let (_, after) = lay_over(&observed, &wanted, None, &known);
    assert_eq!(after, json!({ "env": [{ "name": "FOREIGN" }, { "name": "WANTED" }] }));
    let (_, kept) = lay_over(&observed, &wanted, Some(&Book::new()), &known);
    assert_eq!(kept, observed, "with a book, what it does not name is somebody else's");
}

#[test]
fn what_the_api_server_fills_in_stays_and_what_leaves_a_piece_goes_with_the_book() {
    let wanted = json!({ "context": { "user": 1, "group": 2 } });
    let observed = json!({ "context": { "user": 1, "group": 2, "filledIn": true } });
    let (laid, _) = lay_over(&observed, &wanted, None, &[]);
    assert!(laid.difference.is_empty());
    let less = json!({ "context": { "user": 1 } });
    let (unseen, _) = lay_over(&observed, &less, None, &[]);
    assert!(unseen.difference.is_empty(), "nobody knows who put the group there");
    let (seen, after) = lay_over(&observed, &less, Some(&laid.book), &[]);
    assert_eq!(after, less);
    let filled_in = json!({ "context": { "user": 1, "filledIn": true } });
    let (again, _) = lay_over(&filled_in, &less, Some(&seen.book), &[]);
    assert!(again.difference.is_empty());
}

#[test]
fn safe_03_what_can_wait_does_not_press() {
    let (laid, after) = lay_over(&json!({ "mode": 1 }), &json!({ "mode": 2 }), None, &[]);
    assert_eq!((laid.presses, after), (false, json!({ "mode": 2 })));
    let (laid, _) = lay_over(&json!({}), &json!({ "mode": 2 }), None, &[]);
    assert!(laid.presses, "what is not there at all is more than another mode");
    let (laid, _) = lay_over(&json!({ "mode": 1, "x": 1 }), &json!({ "mode": 2, "x": 2 }), None, &[]);
    assert!(laid.presses);
}

#[test]
fn nothing_is_wanted_of_an_empty_piece() {
    let (laid, _) = lay_over(&json!({}), &json!({ "resources": {}, "env": [], "labels": {} }), None, &[]);
    assert!(laid.difference.is_empty(), "{:?}", laid.difference);
}

/// Found on the real API server, which writes quantities in a form of its own.
#[test]
fn quantities_within_a_piece_are_compared_as_such_and_other_texts_are_not() {
    let volume = |size: &str, text: &str| json!({ "env": [{ "name": "v", "emptyDir": { "sizeLimit": size }, "value": text }] });
    let (same, _) = lay_over(&volume("1Gi", "1"), &volume("1024Mi", "1"), None, &[]);
    assert!(same.difference.is_empty(), "{:?}", same.difference);
    let (other, _) = lay_over(&volume("1Gi", "1"), &volume("1Gi", "1000m"), None, &[]);
    assert!(!other.difference.is_empty());
}

/// Found by INV-16: what a port has beside what is wanted of it stays, and an unwanted port goes as a whole.
#[test]
fn comp_01_what_others_have_in_a_port_stays() {
    let ports =
        |number: u16| json!({ "ports": [{ "name": "api", "containerPort": number, "protocol": "TCP" }] });
    let (first, _) = lay_over(&json!({}), &ports(1), None, &[]);
    let mut observed = ports(1);
    observed["ports"][0]["unknown"] = json!(1);
    let (second, after) = lay_over(&observed, &ports(2), Some(&first.book), &[]);
    let mut expected = ports(2);
    expected["ports"][0]["unknown"] = json!(1);
    assert_eq!((second.presses, &after), (true, &expected));
    let (_, gone) = lay_over(&after, &json!({ "ports": [] }), Some(&second.book), &[]);
    assert_eq!(gone, json!({ "ports": [] }));
}
