//! `apply`: look, decide, show or compare, execute, and say what became of it.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use dittofs_core::effects::Effect;
use dittofs_interpreters::plan::{Difference, PlanDocument};

use crate::cli::ApplyArgs;
use crate::input::{InputError, Reader};
use crate::live::{self, Connected, Looked};
use crate::terminal;

mod error;
mod execute;
mod person;
mod saved;
#[cfg(test)]
mod tests;

pub use error::ApplyError;
use person::Person;

/// What was planned is no longer what would be done.
const STALE: u8 = 5;
const NOTHING: &str = "Nothing was done.";

/// Executes a plan and gives the exit code.
pub fn run(args: &ApplyArgs) -> Result<u8, InputError> {
    match target(args.target.as_deref()) {
        Target::Plan(path) => {
            let text = Reader::default().text("apply", &path)?;
            let saved = saved::parse(&text.text, &text.name)?;
            live::runtime()?.block_on(saved_plan(args, &saved))
        }
        Target::Server(name) => live::runtime()?.block_on(async {
            let connected = live::connect(&args.live, args.namespace.as_deref()).await?;
            named(args, &connected, name, Person::at_the_terminal()).await
        }),
    }
}

/// What is to be applied.
enum Target<'a> {
    /// A DittoServer; none is the only one.
    Server(Option<&'a str>),
    /// A saved plan.
    Plan(PathBuf),
}

/// The name of a DittoServer has no slash, and none is called so that it ends like a file of JSON.
fn target(argument: Option<&str>) -> Target<'_> {
    match argument {
        Some(path) if path == "-" || path.contains('/') || is_json(path) => Target::Plan(path.into()),
        name => Target::Server(name),
    }
}

fn is_json(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

async fn saved_plan(args: &ApplyArgs, saved: &PlanDocument) -> Result<u8, InputError> {
    let server = &saved.server;
    if let Some(namespace) = args.namespace.as_ref().filter(|asked| **asked != server.namespace) {
        let error = ApplyError::OtherNamespace { plan: server.namespace.clone(), asked: namespace.clone() };
        return Err(error.into());
    }
    let connected = live::connect(&args.live, Some(&server.namespace)).await?;
    let (looked, effects, now) = look(&connected, args, Some(&server.name)).await?;
    let differences = now.effects_unlike(saved);
    if !differences.is_empty() {
        return stale(&differences, &now, "the plan was made");
    }
    execute(args, &connected, &looked, effects, &now).await
}

async fn named(
    args: &ApplyArgs,
    connected: &Connected,
    name: Option<&str>,
    mut person: Person<impl BufRead, impl Write>,
) -> Result<u8, InputError> {
    let looked = look(connected, args, name).await;
    let (looked, effects, shown) = looked.map_err(|error| or_a_file(error, name))?;
    let text = shown.text(terminal::width(args.width), terminal::style(args.color));
    print(&format!("{text}\n"))?;
    if args.yes || shown.effects.is_empty() {
        return execute(args, connected, &looked, effects, &shown).await;
    }
    refuse_unless_executable(&looked, &effects)?;
    if !person.confirms()? {
        print(&format!("{NOTHING}\n"))?;
        return Ok(1);
    }
    // What was confirmed is what was shown, however long that took.
    let (looked, effects, now) = look(connected, args, name).await?;
    let differences = now.effects_unlike(&shown);
    if !differences.is_empty() {
        return stale(&differences, &now, "the plan was shown");
    }
    execute(args, connected, &looked, effects, &now).await
}

async fn look(
    connected: &Connected,
    args: &ApplyArgs,
    name: Option<&str>,
) -> Result<(Looked, Vec<Effect>, PlanDocument), InputError> {
    let looked = live::look(connected, &args.live, name).await?;
    looked.warnings.iter().for_each(|warning| terminal::warn(warning));
    let (effects, document) = looked.decide()?;
    Ok((looked, effects, document))
}

/// Somebody may have meant the file of that name.
fn or_a_file(error: InputError, name: Option<&str>) -> InputError {
    match (error, name) {
        (InputError::Live(live::LiveError::NoSuchServer { namespace, name, .. }), Some(_))
            if Path::new(&name).is_file() =>
        {
            ApplyError::NameOrFile { namespace, name }.into()
        }
        (error, _) => error,
    }
}

async fn execute(
    args: &ApplyArgs,
    connected: &Connected,
    looked: &Looked,
    effects: Vec<Effect>,
    plan: &PlanDocument,
) -> Result<u8, InputError> {
    if plan.effects.is_empty() {
        print("Nothing is to be done.\n")?;
        return Ok(0);
    }
    refuse_unless_executable(looked, &effects)?;
    execute::execute(connected, args.color, effects).await
}

/// Nothing is executed in the modes that say so; and the end of a DittoServer is the operator's, since the account goes
/// before the server, and the finalizer last.
fn refuse_unless_executable(looked: &Looked, effects: &[Effect]) -> Result<(), ApplyError> {
    let server = || format!("{}/{}", looked.spec.namespace, looked.spec.name);
    if looked.spec.deleting {
        return Err(ApplyError::Deleting { server: server() });
    }
    let stops = effects.iter().find_map(|effect| match effect {
        Effect::Hold(hold) if hold.code.only_stops_execution() => Some(hold),
        Effect::Hold(_) | Effect::Create(_) | Effect::Update(_) | Effect::Delete(_) => None,
    });
    let Some(hold) = stops else { return Ok(()) };
    Err(ApplyError::Stopped { server: server(), code: hold.code, reason: hold.reason.clone() })
}

fn stale(differences: &[Difference], now: &PlanDocument, since: &str) -> Result<u8, InputError> {
    print(&saved::stale(differences, since))?;
    for note in &now.explanation.notes {
        terminal::warn(note);
    }
    Ok(STALE)
}

fn print(text: &str) -> Result<(), InputError> {
    terminal::print(text).map_err(InputError::Print)
}
