//! Signals broadcast to all process instances that wait for them.

use async_graphql::Value;
use async_graphql::dynamic::TypeRef;
use tongban_runtime::command::Command;
use tongban_runtime::outcome::Done;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload};
use crate::scalar;
use crate::session::Session;

#[derive(Default)]
struct Broadcast {
    n_waiting: u64,
    process_keys: Vec<String>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "broadcastSignal";
    let fields = vec![
        input::field(
            "name",
            TypeRef::named_nn(TypeRef::STRING),
            "Name of the signal in the model.",
        ),
        input::field(
            "variables",
            TypeRef::named(scalar::JSON),
            "Variables to hand over, a JSON object.",
        ),
    ];
    builder.register(input::object(NAME, "A signal for all.", fields))?;
    let waiting = leaf(
        "waitingInstances",
        TypeRef::named(scalar::LONG),
        "How many instances waited for the signal; they receive it one after the other.",
        |it: &Payload<Broadcast>, _| Some(Value::from(it.done.as_ref()?.n_waiting)),
    );
    let keys = leaf(
        "startedProcessKeys",
        TypeRef::named_nn_list_nn(TypeRef::STRING),
        "BPMN ids of the processes that begin with the signal; an instance of each is started.",
        |it: &Payload<Broadcast>, _| {
            let keys = it.done.iter().flat_map(|it| &it.process_keys);
            Some(Value::List(
                keys.map(|it| Value::from(it.as_str())).collect(),
            ))
        },
    );
    payload::register::<Broadcast>(builder, NAME, vec![waiting, keys])?;
    let spec = RootField::mutation(
        NAME,
        "Broadcasts a signal to all who wait for it, and starts the processes that begin with it.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let command = Command::BroadcastSignal {
                name: input.try_get("name")?.string()?.to_owned(),
                variables: input::variables(&input, "variables")?,
            };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| {
                let done = match outcome.done {
                    Done::SignalBroadcast {
                        n_waiting,
                        process_keys,
                    } => Broadcast {
                        n_waiting,
                        process_keys,
                    },
                    _ => Broadcast::default(),
                };
                (done, Vec::new())
            })
            .into_field()
        })
    })
}
