//! What operators do to a running instance: suspend, resume, modify, migrate.

use async_graphql::Error;
use async_graphql::dynamic::{InputObject, InputValue, ObjectAccessor, TypeRef};
use tongban_runtime::command::Command;
use tongban_runtime::command::process_instance::{
    Instruction, Mapping, Place, ProcessInstanceCommand, ScopeVariables,
};

use super::mutation::{Moved, instance_field, instance_id};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::input;
use crate::payload::{self, Payload};
use crate::scalar;
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    register_instruction(builder)?;
    register_mapping(builder)?;
    operation(
        builder,
        "suspendProcessInstance",
        "Lets an instance rest, with everything it has called: its tasks cannot be completed and its jobs are not handed out. Timers that fall due and messages that come are carried out at the resumption.",
        Vec::new(),
        |process_instance, _| Ok(ProcessInstanceCommand::Suspend { process_instance }),
    )?;
    operation(
        builder,
        "resumeProcessInstance",
        "Lets a suspended instance go on.",
        Vec::new(),
        |process_instance, _| Ok(ProcessInstanceCommand::Resume { process_instance }),
    )?;
    let fields = vec![
        input::field(
            "variables",
            TypeRef::named(scalar::JSON),
            "Variables of the process that are set before it goes on.",
        ),
        input::field(
            "suspended",
            TypeRef::named(TypeRef::BOOLEAN),
            "True if it is to rest at first, so that it can be looked at, ended or resumed later.",
        ),
        input::field(
            "reason",
            TypeRef::named(TypeRef::STRING),
            "Why, for the audit trail.",
        ),
    ];
    operation(
        builder,
        "recoverProcessInstance",
        "Lets an instance that was halted after an internal error, or since it never waited, go on from where it stood before: for when the cause is mended.",
        fields,
        |process_instance, input| {
            Ok(ProcessInstanceCommand::Recover {
                process_instance,
                variables: input::variables(input, "variables")?,
                suspended: input::flag(input, "suspended")?,
                reason: input::text(input, "reason")?,
            })
        },
    )?;
    let instructions = vec![input::field(
        "instructions",
        TypeRef::named_nn_list_nn("ModificationInstructionInput"),
        "What is done, in order: all of it, or nothing.",
    )];
    operation(
        builder,
        "modifyProcessInstance",
        "Moves the tokens of an instance by hand. An instance in which nothing is left ends.",
        instructions,
        |process_instance, input| {
            Ok(ProcessInstanceCommand::Modify {
                process_instance,
                instructions: read_instructions(input)?,
            })
        },
    )?;
    let fields = vec![
        input::field(
            "version",
            TypeRef::named_nn(TypeRef::INT),
            "The version that the instance goes on by.",
        ),
        mapping_field(),
        input::field(
            "dryRun",
            TypeRef::named(TypeRef::BOOLEAN),
            "Check only: answers what stands against it, and stores nothing.",
        ),
    ];
    operation(
        builder,
        "migrateProcessInstance",
        "Lets an instance go on by another version of its process.",
        fields,
        |process_instance, input| {
            Ok(ProcessInstanceCommand::Migrate {
                process_instance,
                version: read_version(input)?,
                mapping: read_mapping(input)?,
                dry_run: input::flag(input, "dryRun")?,
            })
        },
    )
}

/// One mutation about one instance, all of the same form.
fn operation(
    builder: &mut Builder,
    name: &'static str,
    description: &str,
    fields: Vec<InputValue>,
    read: fn(i64, &ObjectAccessor<'_>) -> Result<ProcessInstanceCommand, Error>,
) -> Result<(), NameClash> {
    let mut own = vec![input::id("processInstanceId", "The instance.")];
    own.extend(fields);
    builder.register(input::object(name, "What to do.", own))?;
    payload::register::<Moved>(builder, name, vec![instance_field()])?;
    let spec = RootField::mutation(name, description);
    builder.mutation(Right::Operator, spec, move |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let process_instance = instance_id(&input)?;
            let command = Command::ProcessInstance(read(process_instance, &input)?);
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| (Moved { process_instance }, Vec::new())).into_field()
        })
    })
}

fn register_instruction(builder: &mut Builder) -> Result<(), NameClash> {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    let variables = InputObject::new("ModificationVariablesInput")
        .description("Variables of one scope.")
        .field(text(
            "scope",
            "XML id of a scope that is made, or of the element that starts; the process if not given.",
        ))
        .field(input::field(
            "values",
            TypeRef::named_nn(scalar::JSON),
            "The values, a JSON object.",
        ));
    builder.register(variables)?;
    let instruction = InputObject::new("ModificationInstructionInput")
        .description(
            "One thing done by hand: a token starts (`before`, `after` or `sequenceFlow`), something is ended (`cancel` or `cancelElementInstance`), or tokens move (`move` with one of the three).",
        )
        .field(text("before", "The element that is carried out."))
        .field(text("after", "The element whose outgoing sequence flow is taken."))
        .field(text("sequenceFlow", "The sequence flow that is taken."))
        .field(input::field(
            "within",
            TypeRef::named(TypeRef::INT),
            "Number of the scope instance around a token that starts; scopes between the two are made anew. Without it, the one instance there is of each scope is taken, and made where there is none.",
        ))
        .field(input::field(
            "variables",
            TypeRef::named_nn_list("ModificationVariablesInput"),
            "Set before a token starts.",
        ))
        .field(text("cancel", "The element of which all instances are ended."))
        .field(input::field(
            "cancelElementInstance",
            TypeRef::named(TypeRef::INT),
            "Number of the element instance that is ended.",
        ))
        .field(text(
            "move",
            "The element of which all instances are ended; for each a token starts at the place given.",
        ));
    builder.register(instruction)
}

fn register_mapping(builder: &mut Builder) -> Result<(), NameClash> {
    let mapping = InputObject::new("ElementMappingInput")
        .description("One element becomes another.")
        .field(input::field(
            "source",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id in the version that is left.",
        ))
        .field(input::field(
            "target",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id in the version that is gone to.",
        ));
    builder.register(mapping)
}

pub(crate) fn mapping_field() -> InputValue {
    input::field(
        "mapping",
        TypeRef::named_nn_list("ElementMappingInput"),
        "Which element becomes which, where their ids do not say it.",
    )
}

pub(crate) fn read_version(input: &ObjectAccessor<'_>) -> Result<i32, Error> {
    let version = i32::try_from(input.try_get("version")?.i64()?);
    version.map_err(|_| failure("BAD_USER_INPUT", "version is too large"))
}

pub(crate) fn read_mapping(input: &ObjectAccessor<'_>) -> Result<Vec<Mapping>, Error> {
    let Some(pairs) = input.get("mapping").filter(|it| !it.is_null()) else {
        return Ok(Vec::new());
    };
    let pair = |it: async_graphql::dynamic::ValueAccessor<'_>| {
        let it = it.object()?;
        Ok(Mapping {
            source: it.try_get("source")?.string()?.to_owned(),
            target: it.try_get("target")?.string()?.to_owned(),
        })
    };
    pairs.list()?.iter().map(pair).collect()
}

pub(crate) fn read_instructions(input: &ObjectAccessor<'_>) -> Result<Vec<Instruction>, Error> {
    let list = input.try_get("instructions")?.list()?;
    list.iter().map(|it| instruction(&it.object()?)).collect()
}

fn instruction(input: &ObjectAccessor<'_>) -> Result<Instruction, Error> {
    let number = |name: &str| {
        let given = input.get(name).filter(|it| !it.is_null());
        let number = given.map(|it| it.u64()).transpose()?;
        let number = number.map(u32::try_from).transpose();
        number.map_err(|_| failure("BAD_USER_INPUT", &format!("{name} is too large")))
    };
    let cancel = number("cancelElementInstance")?;
    let (all, from) = (input::text(input, "cancel")?, input::text(input, "move")?);
    let (within, variables) = (number("within")?, scope_variables(input)?);
    match (place(input)?, cancel, all, from) {
        (Some(at), None, None, None) => Ok(Instruction::Start {
            at,
            within,
            variables,
        }),
        (Some(to), None, None, Some(from)) if within.is_none() && variables.is_empty() => {
            Ok(Instruction::Move { from, to })
        }
        (None, Some(element_instance), None, None) => Ok(Instruction::Cancel { element_instance }),
        (None, None, Some(element), None) => Ok(Instruction::CancelAll { element }),
        _ => Err(failure(
            "BAD_USER_INPUT",
            "expected an instruction to start, to cancel or to move, and one of these only",
        )),
    }
}

fn place(input: &ObjectAccessor<'_>) -> Result<Option<Place>, Error> {
    let before = input::text(input, "before")?.map(Place::Before);
    let after = input::text(input, "after")?.map(Place::After);
    let flow = input::text(input, "sequenceFlow")?.map(Place::Flow);
    let mut places = [before, after, flow].into_iter().flatten();
    match (places.next(), places.next()) {
        (place, None) => Ok(place),
        _ => Err(failure(
            "BAD_USER_INPUT",
            "expected one of before, after and sequenceFlow",
        )),
    }
}

fn scope_variables(input: &ObjectAccessor<'_>) -> Result<Vec<ScopeVariables>, Error> {
    let Some(given) = input.get("variables").filter(|it| !it.is_null()) else {
        return Ok(Vec::new());
    };
    let of_scope = |it: async_graphql::dynamic::ValueAccessor<'_>| {
        let it = it.object()?;
        Ok(ScopeVariables {
            scope: input::text(&it, "scope")?,
            variables: input::variables(&it, "values")?,
        })
    };
    given.list()?.iter().map(of_scope).collect()
}
