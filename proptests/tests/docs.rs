//! `docs/invariants.md` lists the promises as the code has them, and says for each which break turns it red.

#![allow(clippy::unwrap_used, reason = "helpers of tests may give up as tests do")]

use std::fs;
use std::path::Path;

use dittofs_proptests::invariants::ALL;

#[test]
fn the_page_of_invariants_is_that_of_the_code() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/invariants.md");
    let page = fs::read_to_string(page).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| INV-")).collect();
    assert_eq!(rows.len(), ALL.len());
    for (row, invariant) in rows.iter().zip(ALL) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [id, says, requirements, proof] = cells[..] else { unreachable!("{row}") };
        assert_eq!(id, invariant.id.replace('_', "-"));
        assert_eq!(says, invariant.says, "{id}");
        assert_eq!(requirements, invariant.requirements.join(" "), "{id}");
        assert!(!proof.is_empty(), "{id} is proven by nothing");
    }
}
