//! Messages published to waiting process instances.

use async_graphql::Value;
use async_graphql::dynamic::TypeRef;
use tongban_runtime::command::Command;
use tongban_runtime::outcome::Done;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::global_id::GlobalId;
use crate::input;
use crate::payload::{self, Payload};
use crate::scalar;
use crate::session::Session;

struct Published {
    process_instances: Vec<i64>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "publishMessage";
    let fields = vec![
        input::field(
            "name",
            TypeRef::named_nn(TypeRef::STRING),
            "Name of the message in the model.",
        ),
        input::field(
            "correlationKey",
            TypeRef::named(TypeRef::STRING),
            "Which waiting instances are meant. An instance that the message starts is the only one of its process with this key while it runs; without one it is read off what the message carries, if the models say how; a message without any key only starts processes.",
        ),
        input::field(
            "variables",
            TypeRef::named(scalar::JSON),
            "Variables to hand over, a JSON object.",
        ),
        input::field(
            "timeToLive",
            TypeRef::named(scalar::DURATION),
            "How long the message is kept for those who do not wait for it yet; not at all if missing.",
        ),
        input::field(
            "messageId",
            TypeRef::named(TypeRef::STRING),
            "A name of the sender's own: while a message with it is kept under the same name and key, another one is refused.",
        ),
    ];
    builder.register(input::object(NAME, "A message and whom it is for.", fields))?;
    let ids = leaf(
        "processInstanceIds",
        TypeRef::named_nn_list_nn(TypeRef::ID),
        "Instances that received the message or were started by it.",
        |it: &Payload<Published>, _| {
            let ids = it.done.iter().flat_map(|it| &it.process_instances);
            Some(Value::List(
                ids.map(|it| Value::from(GlobalId::new("ProcessInstance", it).encode()))
                    .collect(),
            ))
        },
    );
    payload::register::<Published>(builder, NAME, vec![ids])?;
    let spec = RootField::mutation(
        NAME,
        "Publishes a message: it reaches at most one instance of each process.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let command = Command::PublishMessage {
                name: input.try_get("name")?.string()?.to_owned(),
                correlation_key: input::text(&input, "correlationKey")?,
                variables: input::variables(&input, "variables")?,
                time_to_live_us: input::duration(&input, "timeToLive")?,
                message_id: input::text(&input, "messageId")?,
            };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| {
                let process_instances = match outcome.done {
                    Done::MessagePublished { process_instances } => process_instances,
                    _ => Vec::new(),
                };
                (Published { process_instances }, Vec::new())
            })
            .into_field()
        })
    })
}
