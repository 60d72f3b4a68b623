//! `saveConfigurationItem`, `checkConfigurationItem`, `approveConfigurationItem`,
//! `rejectConfigurationItem`, `withdrawConfigurationItem`.

use async_graphql::Error;
use async_graphql::dynamic::{InputValue, ObjectAccessor, TypeRef};
use tongban_runtime::catalogue::Catalogue;
use tongban_runtime::command::Command;
use tongban_runtime::command::configuration_item::{ConfigurationItemCommand, Draft, DraftTarget};
use tongban_runtime::outcome::Done;

use super::object::{TYPE, kind_of};
use super::{query, right};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar;
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder, catalogue: &Catalogue) -> Result<(), NameClash> {
    save(builder, right(catalogue))?;
    mutation(
        builder,
        right(catalogue),
        "checkConfigurationItem",
        "Looks for everything that is wrong with a draft. The findings stand with it; with none in the way it can be approved.",
        vec![item()],
        |input| {
            Ok(ConfigurationItemCommand::Check {
                item: item_of(input)?,
            })
        },
    )?;
    mutation(
        builder,
        right(catalogue),
        "approveConfigurationItem",
        "Lets a checked change take effect on its day, or at once if that is today. Not for whoever has written it.",
        vec![item(), expected_version()],
        |input| {
            Ok(ConfigurationItemCommand::Approve {
                item: item_of(input)?,
                expected_version: version_of(input)?,
            })
        },
    )?;
    mutation(
        builder,
        right(catalogue),
        "rejectConfigurationItem",
        "Sends a checked change back to whoever wrote it.",
        vec![item(), expected_version(), reason()],
        |input| {
            Ok(ConfigurationItemCommand::Reject {
                item: item_of(input)?,
                expected_version: version_of(input)?,
                reason: input.try_get("reason")?.string()?.to_owned(),
            })
        },
    )?;
    mutation(
        builder,
        right(catalogue),
        "withdrawConfigurationItem",
        "Takes a change back that is not in effect yet.",
        vec![item(), expected_version(), reason()],
        |input| {
            Ok(ConfigurationItemCommand::Withdraw {
                item: item_of(input)?,
                expected_version: version_of(input)?,
                reason: input.try_get("reason")?.string()?.to_owned(),
            })
        },
    )
}

fn save(builder: &mut Builder, right: Right) -> Result<(), NameClash> {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    let fields = vec![
        input::field(
            "itemId",
            TypeRef::named(TypeRef::ID),
            "The change that is written again; left out for a new one.",
        ),
        input::field(
            "expectedVersion",
            TypeRef::named(scalar::LONG),
            "With itemId: the version that was read.",
        ),
        input::field(
            "kind",
            TypeRef::named("ConfigurationKind"),
            "Of a new change: what is configured.",
        ),
        text("key", "Of a new change: which one of that kind."),
        text("content", "The file, or the value as JSON."),
        input::field(
            "ends",
            TypeRef::named(TypeRef::BOOLEAN),
            "Ends what the county has set instead; there is no content then.",
        ),
        input::field(
            "effectiveFrom",
            TypeRef::named(scalar::DATE),
            "The date from which it shall hold; the day of its approval where absent.",
        ),
        text("note", "Why it is made, for whoever approves it."),
    ];
    mutation(
        builder,
        right,
        "saveConfigurationItem",
        "Writes a change of the configuration, or writes it again. It is a draft then, whatever it was before.",
        fields,
        |input| {
            Ok(ConfigurationItemCommand::Save(Draft {
                target: target_of(input)?,
                ends: input::flag(input, "ends")?,
                content: input::text(input, "content")?,
                effective_from: input::text(input, "effectiveFrom")?,
                note: input::text(input, "note")?.unwrap_or_default(),
            }))
        },
    )
}

/// One mutation of an item, answered with the item as it is then.
fn mutation(
    builder: &mut Builder,
    right: Right,
    name: &'static str,
    description: &'static str,
    fields: Vec<InputValue>,
    read: fn(&ObjectAccessor<'_>) -> Result<ConfigurationItemCommand, Error>,
) -> Result<(), NameClash> {
    builder.register(input::object(name, "What to do.", fields))?;
    let item = loaded::<i64, _>(
        "configurationItem",
        TypeRef::named(TYPE),
        "The change as it is now.",
        |id, ctx| Box::pin(async move { query::load(Session::of(&ctx), *id).await }),
    );
    payload::register::<i64>(builder, name, vec![item])?;
    builder.mutation(right, RootField::mutation(name, description), move |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let command = Command::Configuration(read(&input)?);
            let session = Session::of(&ctx);
            let answer = session.execute(command, input::key(&input)?).await?;
            Payload::of(answer, |outcome| {
                let item = match outcome.done {
                    Done::ConfigurationItemChanged { item } => item,
                    _ => 0,
                };
                (item, Vec::new())
            })
            .into_field()
        })
    })
}

fn item() -> InputValue {
    input::id("itemId", "The change.")
}

fn expected_version() -> InputValue {
    input::field(
        "expectedVersion",
        TypeRef::named_nn(scalar::LONG),
        "The version that was read: what was written since is not meant.",
    )
}

fn reason() -> InputValue {
    input::field("reason", TypeRef::named_nn(TypeRef::STRING), "Why.")
}

fn item_of(input: &ObjectAccessor<'_>) -> Result<i64, Error> {
    row_of(input.try_get("itemId")?.string()?)
}

fn row_of(id: &str) -> Result<i64, Error> {
    let row = GlobalId::row_of(id, TYPE).and_then(|it| it.parse().ok());
    row.ok_or_else(|| {
        failure(
            "BAD_USER_INPUT",
            "expected itemId to be the id of a ConfigurationItem",
        )
    })
}

fn version_of(input: &ObjectAccessor<'_>) -> Result<i64, Error> {
    input.try_get("expectedVersion")?.i64()
}

fn target_of(input: &ObjectAccessor<'_>) -> Result<DraftTarget, Error> {
    let id = input::text(input, "itemId")?;
    let kind = input.get("kind").filter(|it| !it.is_null());
    let kind = kind.map(|it| it.enum_name().map(kind_of)).transpose()?;
    let key = input::text(input, "key")?;
    let version = input.get("expectedVersion").filter(|it| !it.is_null());
    let version = version.map(|it| it.i64()).transpose()?;
    match (id, version, kind, key) {
        (Some(id), Some(expected_version), None, None) => Ok(DraftTarget::Existing {
            item: row_of(&id)?,
            expected_version,
        }),
        (None, None, Some(kind), Some(key)) => Ok(DraftTarget::New { kind, key }),
        _ => Err(failure(
            "BAD_USER_INPUT",
            "expected kind and key for a new change, itemId and expectedVersion for one that is written again",
        )),
    }
}
