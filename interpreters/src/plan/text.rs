//! The plan for a person: what is held first, then each adapter, then the ports, and one line that counts.

use super::style::{Style, Tone};
use super::wrap::wrap;
use super::{HoldEntry, PlanDocument, clean};

mod effects;
mod ports;

pub(super) use ports::{cells, not_isolated, rows};

/// How far the reason of a hold is indented under it.
const INDENT: usize = 4;

impl PlanDocument {
    /// The plan as text for a terminal of `width` columns. Diffs and names are never broken.
    pub fn text(&self, width: usize, style: Style) -> String {
        let mut page = Page { lines: Vec::new(), width, style };
        page.header(self);
        page.holds(self);
        page.effects(self);
        page.ports(&self.reachable);
        page.warnings(self);
        page.blank();
        if let Some(hold) = self.holds.iter().find(|hold| hold.code == "Paused" || hold.code == "Observe") {
            page.paragraph(0, "", &format!("None of this is executed ({}).", hold.code));
        }
        let counts = self.count_line();
        page.line(&style.paint(Tone::Heading, &counts));
        page.lines.join("\n") + "\n"
    }

    /// `Plan: 1 to create, 0 to update, 1 to delete, 1 held.`
    pub fn count_line(&self) -> String {
        let counts = self.summary;
        format!(
            "Plan: {} to create, {} to update, {} to delete, {} held.",
            counts.create, counts.update, counts.delete, counts.hold
        )
    }
}

/// Lines so far, and how they are made.
struct Page {
    lines: Vec<String>,
    width: usize,
    style: Style,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.lines.push(line.trim_end().to_owned());
    }

    fn blank(&mut self) {
        self.lines.push(String::new());
    }

    fn heading(&mut self, heading: &str) {
        self.blank();
        self.line(&self.style.paint(Tone::Heading, &clean(heading)));
    }

    /// Wrapped text, indented; the first line begins with `mark`.
    fn paragraph(&mut self, indent: usize, mark: &str, text: &str) {
        let hanging = indent + mark.chars().count();
        for (index, line) in wrap(&clean(text), self.width.saturating_sub(hanging)).iter().enumerate() {
            let start =
                if index == 0 { format!("{}{mark}", " ".repeat(indent)) } else { " ".repeat(hanging) };
            self.line(&format!("{start}{line}"));
        }
    }

    fn header(&mut self, plan: &PlanDocument) {
        let server = format!("DittoServer {}/{}", plan.server.namespace, plan.server.name);
        self.line(&self.style.paint(Tone::Heading, &clean(&server)));
        self.paragraph(0, "", &plan.explanation.observed);
        for note in &plan.explanation.notes {
            self.paragraph(0, "Note: ", note);
        }
    }

    fn holds(&mut self, plan: &PlanDocument) {
        if plan.holds.is_empty() {
            return;
        }
        self.heading("Held");
        for (hold, who) in grouped(&plan.holds) {
            let start = self.lines.len();
            self.paragraph(2, "! ", &format!("{}: {}", hold.code, who.join(", ")));
            // A code has no space in it, so it is whole, and in the first line.
            if let Some(line) = self.lines.get_mut(start) {
                *line = line.replacen(&hold.code, &self.style.paint(Tone::Held, &hold.code), 1);
            }
            self.paragraph(INDENT, "", &hold.reason);
        }
    }

    fn warnings(&mut self, plan: &PlanDocument) {
        if plan.explanation.warnings.is_empty() {
            return;
        }
        self.heading("Warnings");
        for warning in &plan.explanation.warnings {
            self.paragraph(2, "! ", warning);
        }
    }
}

/// Holds for one and the same reason are said once: an outage holds everything.
fn grouped(holds: &[HoldEntry]) -> Vec<(&HoldEntry, Vec<&str>)> {
    let mut groups: Vec<(&HoldEntry, Vec<&str>)> = Vec::new();
    for hold in holds {
        let who = hold.adapter.as_deref().unwrap_or("the whole server");
        match groups.iter_mut().find(|(first, _)| first.code == hold.code && first.reason == hold.reason) {
            Some((_, group)) => group.push(who),
            None => groups.push((hold, vec![who])),
        }
    }
    groups
}
