//! `startBatch` and `cancelBatch`.

use async_graphql::Error;
use async_graphql::dynamic::{Field, ObjectAccessor, TypeRef};
use tongban_runtime::command::Command;
use tongban_runtime::command::batch::{BatchAction, BatchCommand, BatchSelection};
use tongban_runtime::outcome::Done;

use super::{object, query};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::process_instance;
use crate::process_instance::operate;
use crate::session::{Session, failure};

/// The batch a mutation was about.
struct Changed {
    batch: i64,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    start(builder)?;
    cancel(builder)
}

fn batch_field() -> Field {
    loaded::<Changed, _>(
        "batch",
        TypeRef::named(object::TYPE),
        "The batch; its progress goes on.",
        |it, ctx| {
            let id = it.batch;
            Box::pin(async move { query::load(Session::of(&ctx), id).await })
        },
    )
}

fn start(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "startBatch";
    let optional = |name: &str, ty: &str, description: &str| {
        input::field(name, TypeRef::named(ty), description)
    };
    let fields = vec![
        input::field(
            "action",
            TypeRef::named_nn("BatchAction"),
            "What is done to each instance.",
        ),
        input::field(
            "processInstanceIds",
            TypeRef::named_nn_list(TypeRef::ID),
            "These instances, 5000 at most; if not given, all that run. What follows must hold of them.",
        ),
        optional("processKey", TypeRef::STRING, "Instances of this process."),
        optional("version", TypeRef::INT, "Instances of this version of it."),
        optional(
            "withIncident",
            TypeRef::BOOLEAN,
            "Instances that an incident stops.",
        ),
        input::field(
            "incidentKinds",
            TypeRef::named_nn_list(TypeRef::STRING),
            "Instances that an incident of one of these kinds stops; `RESOLVE_INCIDENTS` and `RETRY_JOBS` are then about those incidents alone.",
        ),
        input::field(
            "elementIds",
            TypeRef::named_nn_list(TypeRef::STRING),
            "Instances that an incident stops at one of these elements; see `incidentKinds`.",
        ),
        optional("reason", TypeRef::STRING, "Why, for the audit trail."),
        optional(
            "suspended",
            TypeRef::BOOLEAN,
            "True for instances that are suspended, false for the others.",
        ),
        input::field(
            "instructions",
            TypeRef::named_nn_list("ModificationInstructionInput"),
            "How tokens are moved (`MODIFY`).",
        ),
        optional(
            "targetVersion",
            TypeRef::INT,
            "The version to go on by (`MIGRATE`).",
        ),
        operate::mapping_field(),
        optional(
            "dryRun",
            TypeRef::BOOLEAN,
            "Check only: nothing is changed, and the batch tells what stands against it (`MIGRATE`).",
        ),
    ];
    builder.register(input::object(
        NAME,
        "What to do, and to which instances.",
        fields,
    ))?;
    payload::register::<Changed>(builder, NAME, vec![batch_field()])?;
    let spec = RootField::mutation(
        NAME,
        "Does the same thing to many instances, in the background; each is a command of its own.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let command = Command::Batch(BatchCommand::Start {
                action: action(&input)?,
                selection: selection(&input)?,
                reason: input::text(&input, "reason")?,
            });
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| (changed(&outcome.done), Vec::new())).into_field()
        })
    })
}

fn cancel(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "cancelBatch";
    let fields = vec![input::id("batchId", "The batch.")];
    builder.register(input::object(NAME, "Which batch.", fields))?;
    payload::register::<Changed>(builder, NAME, vec![batch_field()])?;
    let spec = RootField::mutation(NAME, "Stops a batch; what it has done stays done.");
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let row_id = input::row_id(&input, "batchId", object::TYPE)?;
            let batch = row_id.parse().map_err(|_| {
                failure("BAD_USER_INPUT", "expected batchId to be the id of a Batch")
            })?;
            let command = Command::Batch(BatchCommand::Cancel { batch });
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| (Changed { batch }, Vec::new())).into_field()
        })
    })
}

fn changed(done: &Done) -> Changed {
    match done {
        Done::BatchChanged { batch } => Changed { batch: *batch },
        _ => Changed { batch: 0 },
    }
}

fn action(input: &ObjectAccessor<'_>) -> Result<BatchAction, Error> {
    let dry_run = input::flag(input, "dryRun")?;
    let action = input.try_get("action")?;
    let name = action.enum_name()?;
    if dry_run && name != "MIGRATE" {
        return Err(failure("BAD_USER_INPUT", "dryRun is of MIGRATE only"));
    }
    // What has no effect is not passed over: he who gave it means something else.
    let of_actions = [
        ("instructions", "MODIFY"),
        ("targetVersion", "MIGRATE"),
        ("mapping", "MIGRATE"),
    ];
    for (field, of_action) in of_actions {
        let is_given = input.get(field).is_some_and(|it| !it.is_null());
        if is_given && name != of_action {
            let message = format!("{field} is of {of_action} only");
            return Err(failure("BAD_USER_INPUT", &message));
        }
    }
    Ok(match name {
        "CANCEL" => BatchAction::Cancel,
        "SUSPEND" => BatchAction::Suspend,
        "RESUME" => BatchAction::Resume,
        "RESOLVE_INCIDENTS" => BatchAction::ResolveIncidents,
        "RETRY_JOBS" => BatchAction::RetryJobs,
        "MODIFY" => BatchAction::Modify {
            instructions: match input.get("instructions").filter(|it| !it.is_null()) {
                Some(_) => operate::read_instructions(input)?,
                None => Vec::new(),
            },
        },
        "MIGRATE" => {
            let version = input.get("targetVersion").filter(|it| !it.is_null());
            let version = version.map(|it| it.i64()).transpose()?;
            let version = version.and_then(|it| i32::try_from(it).ok());
            BatchAction::Migrate {
                version: version
                    .ok_or_else(|| failure("BAD_USER_INPUT", "expected a targetVersion"))?,
                mapping: operate::read_mapping(input)?,
                dry_run,
            }
        }
        other => {
            let message = format!("{other} is no action of a batch");
            return Err(failure("BAD_USER_INPUT", &message));
        }
    })
}

/// Texts named in a list; none where there is no list.
fn texts(input: &ObjectAccessor<'_>, name: &str) -> Result<Vec<String>, Error> {
    const TEXTS_MAX: usize = 100;
    let Some(list) = input.get(name).filter(|it| !it.is_null()) else {
        return Ok(Vec::new());
    };
    let list = list.list()?;
    if list.len() > TEXTS_MAX {
        let message = format!("expected at most {TEXTS_MAX} of {name}");
        return Err(failure("BAD_USER_INPUT", &message));
    }
    let texts = list.iter().map(|it| it.string().map(ToOwned::to_owned));
    texts.collect()
}

fn selection(input: &ObjectAccessor<'_>) -> Result<BatchSelection, Error> {
    let mut selection = BatchSelection {
        process_key: input::text(input, "processKey")?,
        with_incident: input::flag(input, "withIncident")?,
        incident_kinds: texts(input, "incidentKinds")?,
        element_ids: texts(input, "elementIds")?,
        ..BatchSelection::default()
    };
    let version = input.get("version").filter(|it| !it.is_null());
    if let Some(version) = version.map(|it| it.i64()).transpose()? {
        let version = i32::try_from(version);
        let version = version.map_err(|_| failure("BAD_USER_INPUT", "version is too large"))?;
        selection.version = Some(version);
    }
    let suspended = input.get("suspended").filter(|it| !it.is_null());
    selection.suspended = suspended.map(|it| it.boolean()).transpose()?;
    let Some(ids) = input.get("processInstanceIds").filter(|it| !it.is_null()) else {
        return Ok(selection);
    };
    let row_id = |id: &str| {
        let row_id = GlobalId::row_of(id, process_instance::object::TYPE);
        row_id.and_then(|it| it.parse().ok()).ok_or_else(|| {
            let message = "expected processInstanceIds to be ids of ProcessInstances";
            failure("BAD_USER_INPUT", message)
        })
    };
    let ids = ids.list()?;
    let ids = ids.iter().map(|it| row_id(it.string()?));
    selection.process_instances = ids.collect::<Result<_, Error>>()?;
    if selection.process_instances.is_empty() {
        let message = "expected at least one of processInstanceIds";
        return Err(failure("BAD_USER_INPUT", message));
    }
    Ok(selection)
}
