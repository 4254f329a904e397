//! One block for each adapter, one for the server; the numbers tell the order of execution across blocks.

use super::super::diff::{self, Line};
use super::super::style::Tone;
use super::super::{Action, EffectEntry, PlanDocument, clean, compact};
use super::Page;

impl Page {
    pub(super) fn effects(&mut self, plan: &PlanDocument) {
        if plan.effects.is_empty() {
            self.blank();
            self.line("Nothing to do.");
            return;
        }
        let digits = plan.effects.len().to_string().len();
        let indent = digits + 4;
        for block in blocks(plan) {
            self.heading(block.unwrap_or("The whole server"));
            for (index, effect) in plan.effects.iter().enumerate() {
                if effect.adapter.as_deref() == block {
                    self.effect(&format!("{:>digits$}.", index + 1), indent, effect);
                }
            }
        }
    }

    fn effect(&mut self, number: &str, indent: usize, effect: &EffectEntry) {
        let (sign, tone) = match effect.action {
            Action::Create => ("+", Tone::Added),
            Action::Update => ("~", Tone::Changed),
            Action::Delete => ("-", Tone::Removed),
        };
        let what = format!("{sign} {} {}", effect.action.as_str(), clean(&effect.object()));
        let what = self.style.paint(tone, &what);
        self.line(&format!("  {number} {what}"));
        self.paragraph(indent, "", &effect.cause);
        for change in &effect.changes {
            self.paragraph(indent, "* ", change);
        }
        match (effect.action, &effect.before, &effect.after) {
            (Action::Create, _, Some(after)) => self.object(indent, after),
            (Action::Update, Some(before), Some(after)) => self.diff(indent, &diff::lines(before, after)),
            (Action::Create | Action::Update | Action::Delete, _, _) => {}
        }
    }

    fn object(&mut self, indent: usize, object: &serde_json::Value) {
        for line in compact::lines(object, self.width.saturating_sub(indent + 2)) {
            let line = self.style.paint(Tone::Added, &format!("+ {}", clean(&line)));
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    fn diff(&mut self, indent: usize, lines: &[Line]) {
        for line in lines {
            let tone = match line {
                Line::Hunk(_) => Some(Tone::Faint),
                Line::Same(_) => None,
                Line::Removed(_) => Some(Tone::Removed),
                Line::Added(_) => Some(Tone::Added),
            };
            let text = line.signed();
            let text = tone.map_or(text.clone(), |tone| self.style.paint(tone, &text));
            self.line(&format!("{}{text}", " ".repeat(indent)));
        }
    }
}

/// The adapters with effects, and `None` for the server, in the order in which their first effect comes.
fn blocks(plan: &PlanDocument) -> Vec<Option<&str>> {
    let mut blocks = Vec::new();
    for effect in &plan.effects {
        let block = effect.adapter.as_deref();
        if !blocks.contains(&block) {
            blocks.push(block);
        }
    }
    blocks
}
