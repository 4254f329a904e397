//! The effects, carried out one after another, with a line for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dittofs_core::effects::{Effect, Executed, Interpreter, Outcome, Progress};
use dittofs_interpreters::kubernetes::{Kubernetes, carry_out};
use dittofs_interpreters::plan::{Action, Style, Tone, clean};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::When;
use crate::input::InputError;
use crate::live::Connected;
use crate::terminal;

/// Executes all that can be, and gives the exit code.
pub async fn execute(connected: &Connected, color: When, effects: Vec<Effect>) -> Result<u8, InputError> {
    let stop = stop()?;
    let style = terminal::style(color);
    let mut telling = Telling { interpreter: Kubernetes::new(connected.client.clone()), style };
    let executed = carry_out(effects, &mut telling, || !stop.load(Ordering::Relaxed)).await;
    let why = if stop.load(Ordering::Relaxed) { "it was told to stop" } else { "it relies on what failed" };
    let effects: Vec<_> = executed.iter().filter(|e| !matches!(e.effect, Effect::Hold(_))).collect();
    for Executed { effect, outcome: _ } in effects.iter().filter(|e| e.outcome.is_none()) {
        line(style, effect, Tone::Held, &format!("not begun, since {why}"));
    }
    let done = effects.iter().filter(|executed| executed.progress() == Progress::Done).count();
    let (all, code) = (effects.len(), u8::from(done < effects.len()));
    let advice = if code == 0 { "" } else { " See with 'plan' what is left." };
    terminal::print(&format!("\nApplied: {done} of {all} done.{advice}\n")).map_err(InputError::Print)?;
    Ok(code)
}

/// Becomes true when the process is told to stop; told again, it ends at once.
fn stop() -> Result<Arc<AtomicBool>, InputError> {
    let listening = |source| InputError::Start { what: "listening for signals", source };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(listening)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(listening)?;
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        told.store(true, Ordering::Relaxed);
        terminal::warn("told to stop: the write in hand is finished; once more ends at once");
        interrupt.recv().await;
        // 128 + SIGINT, as a shell says it.
        std::process::exit(130);
    });
    Ok(stop)
}

/// Says what became of each effect as soon as it is known.
struct Telling {
    interpreter: Kubernetes,
    style: Style,
}

impl Interpreter for Telling {
    async fn interpret(&mut self, effect: &Effect) -> Outcome {
        let outcome = self.interpreter.interpret(effect).await;
        let progress = Executed { effect: effect.clone(), outcome: Some(outcome.clone()) }.progress();
        let tone = match progress {
            Progress::Done => Tone::Added,
            Progress::Pending | Progress::Failed(_) => Tone::Removed,
        };
        line(self.style, effect, tone, &said(&outcome));
        outcome
    }
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Written(_) | Outcome::Held => "done".to_owned(),
        Outcome::Deleted => "deleted".to_owned(),
        Outcome::Conflict => "not done: it was written by somebody else meanwhile".to_owned(),
        Outcome::NotFound => "it is gone".to_owned(),
        Outcome::AlreadyExists => "not done: the name is taken".to_owned(),
        Outcome::Invalid(words) => format!("refused as invalid: {words}"),
        Outcome::Forbidden(words) => format!("not allowed: {words}"),
        Outcome::NodePortsExhausted => "not done: the cluster has no free node port".to_owned(),
        Outcome::Unavailable(words) => format!("failed: {words}"),
    }
}

fn line(style: Style, effect: &Effect, tone: Tone, what: &str) {
    let action = match effect {
        Effect::Create(_) => Action::Create,
        Effect::Update(_) => Action::Update,
        Effect::Delete(_) => Action::Delete,
        Effect::Hold(_) => return,
    };
    let Some(target) = effect.target() else { return };
    let what = style.paint(tone, &clean(what));
    // Whoever closed standard output does not want to know; the effects go on.
    let _ = terminal::print(&format!("{} {target}: {what}\n", action.as_str()));
}
