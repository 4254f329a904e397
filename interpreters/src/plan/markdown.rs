//! The plan as a comment on a pull request.

use super::text::{cells, not_isolated, rows};
use super::{Action, EffectEntry, PlanDocument, clean, diff};

impl PlanDocument {
    /// The plan in GitHub's Markdown. Text that comes from the cluster or the server is escaped: it cannot break the
    /// tables, link anywhere or mention anybody.
    pub fn markdown(&self) -> String {
        let mut out = vec![
            format!("### DittoServer {}", code(&format!("{}/{}", self.server.namespace, self.server.name))),
            String::new(),
            escape(&self.explanation.observed),
            String::new(),
            format!("**{}**", self.count_line()),
        ];
        out.extend(self.explanation.notes.iter().map(|note| format!("\n{}", escape(note))));
        out.extend(self.explanation.warnings.iter().map(|w| format!("\n> [!WARNING]\n> {}", escape(w))));
        self.holds_table(&mut out);
        self.effects_table(&mut out);
        self.ports_table(&mut out);
        for (index, effect) in self.effects.iter().enumerate() {
            details(index + 1, effect, &mut out);
        }
        out.join("\n") + "\n"
    }

    fn holds_table(&self, out: &mut Vec<String>) {
        if self.holds.is_empty() {
            return;
        }
        out.extend(
            ["", "#### Held", "", "| adapter | code | reason |", "| --- | --- | --- |"].map(str::to_owned),
        );
        out.extend(self.holds.iter().map(|hold| {
            let adapter = hold.adapter.as_deref().map_or_else(|| "the whole server".to_owned(), code);
            format!("| {adapter} | {} | {} |", code(&hold.code), escape(&hold.reason))
        }));
    }

    fn effects_table(&self, out: &mut Vec<String>) {
        if self.effects.is_empty() {
            out.extend(["", "Nothing to do."].map(str::to_owned));
            return;
        }
        let head = [
            "",
            "#### Effects",
            "",
            "| # | action | object | adapter | why |",
            "| ---: | --- | --- | --- | --- |",
        ];
        out.extend(head.map(str::to_owned));
        out.extend(self.effects.iter().enumerate().map(|(index, effect)| {
            let adapter = effect.adapter.as_deref().map_or_else(|| "–".to_owned(), code);
            let object = code(&effect.object());
            let why = std::iter::once(&effect.cause).chain(&effect.changes);
            let why = why.map(|line| escape(line)).collect::<Vec<_>>().join("<br>• ");
            format!("| {} | {} | {object} | {adapter} | {why} |", index + 1, effect.action.as_str())
        }));
    }

    fn ports_table(&self, out: &mut Vec<String>) {
        out.extend(["", "#### Open ports"].map(str::to_owned));
        out.extend(not_isolated(&self.reachable).iter().map(|line| format!("\n{line}")));
        let rows = rows(&self.reachable);
        if rows.is_empty() {
            return;
        }
        let head = ["", "| | port | adapter | policy | from |", "| --- | --- | --- | --- | --- |"];
        out.extend(head.map(str::to_owned));
        out.extend(rows.iter().map(|row| {
            let change = match row.sign {
                '+' => "opened",
                '-' => "closed",
                _ => "",
            };
            let [port, adapter, policy, from] = cells(row.port).map(|cell| code(&cell));
            format!("| {change} | {port} | {adapter} | {policy} | {from} |")
        }));
    }
}

/// What one effect writes, folded away.
fn details(number: usize, effect: &EffectEntry, out: &mut Vec<String>) {
    let lines: Vec<String> = match (effect.action, &effect.before, &effect.after) {
        (Action::Create, _, Some(after)) => diff::added(after),
        (Action::Update, Some(before), Some(after)) => diff::lines(before, after),
        (Action::Create | Action::Update | Action::Delete, _, _) => return,
    }
    .iter()
    .map(diff::Line::signed)
    .collect();
    let fence = fence(&lines);
    let what = format!("{} {}", effect.action.as_str(), escape(&effect.object()));
    out.push(format!("\n<details><summary>{number}. {what}</summary>\n\n{fence}diff"));
    out.extend(lines);
    out.push(format!("{fence}\n\n</details>"));
}

/// A fence that nothing inside can close.
fn fence(lines: &[String]) -> String {
    let longest = lines.iter().flat_map(|l| l.split(|c| c != '`')).map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// Foreign text as text.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// Foreign text as code; what could end it is left out.
fn code(text: &str) -> String {
    format!("`{}`", clean(text).replace('`', "'").replace('|', "\\|"))
}
