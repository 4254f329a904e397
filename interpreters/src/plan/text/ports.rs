//! The table of open ports: what is opened, closed, and stays.

use std::collections::BTreeSet;

use super::super::clean;
use super::super::reachability::{PortEntry, ReachableEntry};
use super::super::style::Tone;
use super::super::wrap::{pad, wrap};
use super::Page;
use unicode_width::UnicodeWidthStr as _;

const OPEN: &str = "no policy selects the pod: every port is open.";

/// One row: a port that is closed (`-`), opened (`+`), or stays.
pub(in crate::plan) struct Row<'a> {
    pub sign: char,
    pub port: &'a PortEntry,
}

/// The rows of the table, by port.
pub(in crate::plan) fn rows(reachable: &ReachableEntry) -> Vec<Row<'_>> {
    let (before, after) = (&reachable.before.ports, &reachable.after.ports);
    let all: BTreeSet<&PortEntry> = before.iter().chain(after).collect();
    let mut rows: Vec<_> = all
        .into_iter()
        .map(|port| {
            let sign = match (before.contains(port), after.contains(port)) {
                (true, false) => '-',
                (false, true) if reachable.before.isolated => '+',
                (true, true) | (false, true | false) => ' ',
            };
            Row { sign, port }
        })
        .collect();
    // What closes stands before what opens in its place; otherwise by port.
    rows.sort_by_key(|row| (&row.port.port, &row.port.end_port, &row.port.protocol, row.sign == '+'));
    rows
}

/// What has to be said where a pod is not isolated, before and after.
pub(in crate::plan) fn not_isolated(reachable: &ReachableEntry) -> Vec<String> {
    match (reachable.before.isolated, reachable.after.isolated) {
        (true, true) => Vec::new(),
        (false, false) => vec![format!("Before and after, {OPEN}")],
        (false, true) => vec![format!("Before, {OPEN} Afterwards only these are:")],
        (true, false) => vec![format!("Afterwards, {OPEN}")],
    }
}

impl Page {
    pub(super) fn ports(&mut self, reachable: &ReachableEntry) {
        self.heading("Open ports");
        for line in not_isolated(reachable) {
            self.paragraph(2, "", &line);
        }
        let rows = rows(reachable);
        if rows.is_empty() {
            if reachable.after.isolated {
                self.line("  None.");
            }
            return;
        }
        let head = ["PORT", "ADAPTER", "POLICY", "FROM"].map(str::to_owned);
        let table: Vec<_> = rows.iter().map(|row| cells(row.port)).collect();
        let widths = [0, 1, 2].map(|column| {
            let cells = table.iter().chain([&head]).map(|row| row[column].width());
            cells.max().unwrap_or_default()
        });
        self.row(' ', &head, &widths);
        for (row, cells) in rows.iter().zip(&table) {
            self.row(row.sign, cells, &widths);
        }
    }

    /// The last column wraps under itself.
    fn row(&mut self, sign: char, cells: &[String; 4], widths: &[usize; 3]) {
        let fixed: String = cells.iter().zip(widths).map(|(cell, width)| pad(cell, *width) + "  ").collect();
        let hanging = 4 + fixed.width();
        let tone = match sign {
            '+' => Some(Tone::Added),
            '-' => Some(Tone::Removed),
            _ => None,
        };
        for (index, from) in wrap(&cells[3], self.width.saturating_sub(hanging)).into_iter().enumerate() {
            let line = if index == 0 {
                format!("{sign} {fixed}{from}")
            } else {
                format!("{}{from}", " ".repeat(hanging - 2))
            };
            let line = line.trim_end();
            let line = tone.map_or(line.to_owned(), |tone| self.style.paint(tone, line));
            self.line(&format!("  {line}"));
        }
    }
}

/// Port, adapter, policy and sources of a row.
pub(in crate::plan) fn cells(port: &PortEntry) -> [String; 4] {
    let policy = if port.ours { port.policy.clone() } else { format!("{} (foreign)", port.policy) };
    let adapter = port.adapter.clone().unwrap_or_else(|| "-".to_owned());
    [port.to_string(), adapter, policy, port.from.join(", ")].map(|cell| clean(&cell))
}
