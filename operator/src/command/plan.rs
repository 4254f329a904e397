//! `plan`: read, decide, show.

use dittofs_core::{ClusterView, NoPod, decide};
use dittofs_interpreters::memory::World;
use dittofs_interpreters::plan::PlanDocument;

use crate::cli::{Format, InputArgs, OutputArgs, PlanArgs};
use crate::input::{self, InputError, Reader};
use crate::live;
use crate::terminal;

/// Shows the plan and gives the exit code.
pub fn run(args: &PlanArgs) -> Result<u8, InputError> {
    let InputArgs { spec, adapters, adapters_status, cluster } = &args.input;
    let is_from_files = spec.is_some() || adapters.is_some() || cluster.is_some() || *adapters_status != 200;
    let document = match (is_from_files, args.live.first()) {
        (true, Some(flag)) => return Err(InputError::LiveAndFiles { flag }),
        (true, None) => of_files(args)?,
        (false, _) => of_cluster(args)?,
    };
    show(&document, &args.output)?;
    Ok(if args.output.detailed_exitcode { document.exit_code() } else { 0 })
}

fn of_cluster(args: &PlanArgs) -> Result<PlanDocument, InputError> {
    let (name, namespace) = (args.name.as_deref(), args.namespace.as_deref());
    live::runtime()?.block_on(async {
        let connected = live::connect(&args.live, namespace).await?;
        let looked = live::look(&connected, &args.live, name).await?;
        warn(&looked.warnings);
        Ok(looked.decide()?.1)
    })
}

fn of_files(args: &PlanArgs) -> Result<PlanDocument, InputError> {
    let wanted = input::Wanted { name: args.name.as_deref(), namespace: args.namespace.as_deref() };
    let InputArgs { spec, adapters, adapters_status, cluster } = &args.input;
    let mut reader = Reader::default();
    let proposed = spec.as_ref().map(|path| reader.text("--spec", path)).transpose()?;
    let body = adapters.as_ref().map(|path| reader.bytes("--adapters", path)).transpose()?;
    let cluster = cluster.as_ref().map(|path| reader.text("--cluster", path)).transpose()?;

    let observation = input::observation(body.as_deref(), *adapters_status);
    let cluster = input::ClusterFile::read(cluster)?;
    let (server, warnings) = input::server(wanted, proposed, &cluster)?;
    warn(&warnings);
    let view = ClusterView::from_objects(&server, cluster.typed(&server.namespace)?, NoPod::Ready)?;

    let effects = decide(&observation, &view, &server);
    cluster.check_identities(&effects)?;
    let world = World::from_objects(cluster.into_objects(&server.namespace))?;
    Ok(PlanDocument::new(&server, &observation, &view, &world, effects)?)
}

fn show(document: &PlanDocument, args: &OutputArgs) -> Result<(), InputError> {
    let OutputArgs { output, detailed_exitcode: _, out, color, width } = args;
    let text = match output {
        Format::Text => document.text(terminal::width(*width), terminal::style(*color)),
        Format::Json => document.json().map_err(InputError::Json)?,
        Format::Yaml => document.yaml().map_err(InputError::Yaml)?,
        Format::Markdown => document.markdown(),
    };
    if matches!(output, Format::Json | Format::Yaml) {
        // The schema has no place for sentences.
        warn(&document.explanation.notes);
        warn(&document.explanation.warnings);
    }
    if let Some(path) = out {
        let json = document.json().map_err(InputError::Json)?;
        std::fs::write(path, json)
            .map_err(|source| InputError::Write { file: path.display().to_string(), source })?;
    }
    terminal::print(&text).map_err(InputError::Print)
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        terminal::warn(warning);
    }
}
