//! `advanceClock` and `switchExchange`, for a server whose clock is moved by hand.

use async_graphql::Value;
use async_graphql::dynamic::{FieldValue, TypeRef};
use tongban_runtime::command::Command;
use tongban_runtime::outcome::Done;

use super::object::Clock;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};

struct Advanced {
    n_fired: u64,
    complete: bool,
}

struct Switched {
    available: bool,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    advance(builder)?;
    switch(builder)
}

fn advance(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "advanceClock";
    let fields = vec![input::field(
        "to",
        TypeRef::named_nn(scalar::DATE_TIME),
        "The instant to reach; never before the one it shows.",
    )];
    builder.register(input::object(
        NAME,
        "Where to move the manual clock.",
        fields,
    ))?;
    let clock = loaded::<Advanced, _>(
        "clock",
        TypeRef::named("Clock"),
        "The clock after the move.",
        |_, _| Box::pin(async { Ok(Some(FieldValue::owned_any(Clock))) }),
    );
    let fired = leaf(
        "timersFired",
        TypeRef::named(TypeRef::INT),
        "Due items that were run on the way so far.",
        |it: &Payload<Advanced>, _| it.done.as_ref().map(|it| Value::from(it.n_fired)),
    );
    let complete = leaf(
        "complete",
        TypeRef::named(TypeRef::BOOLEAN),
        "False while the move still goes on: send the same mutation with the same key to wait for its end.",
        |it: &Payload<Advanced>, _| it.done.as_ref().map(|it| Value::from(it.complete)),
    );
    payload::register::<Advanced>(builder, NAME, vec![clock, fired, complete])?;
    let spec = RootField::mutation(
        NAME,
        "Moves the manual clock forwards; each due item is run at its own instant, in order.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let to = DateTime::parse(input.try_get("to")?.string()?)
                .ok_or_else(|| failure("BAD_USER_INPUT", "expected to to be an instant"))?;
            let key = input::key(&input)?;
            let answer = Session::of(&ctx)
                .execute(Command::AdvanceClock { to: to.0 }, key)
                .await?;
            Payload::of(answer, |outcome| {
                let advanced = match outcome.done {
                    Done::ClockAdvanced {
                        n_fired, complete, ..
                    } => Advanced { n_fired, complete },
                    _ => Advanced {
                        n_fired: 0,
                        complete: true,
                    },
                };
                (advanced, Vec::new())
            })
            .into_field()
        })
    })
}

fn switch(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "switchExchange";
    let fields = vec![
        input::field(
            "kind",
            TypeRef::named_nn(TypeRef::STRING),
            "Kind of check, such as `X-MARRIAGE`.",
        ),
        input::field(
            "available",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether the source answers.",
        ),
    ];
    builder.register(input::object(
        NAME,
        "Which source of the simulated exchange to switch.",
        fields,
    ))?;
    let available = leaf(
        "available",
        TypeRef::named(TypeRef::BOOLEAN),
        "Whether the source answers now.",
        |it: &Payload<Switched>, _| it.done.as_ref().map(|it| Value::from(it.available)),
    );
    payload::register::<Switched>(builder, NAME, vec![available])?;
    let spec = RootField::mutation(
        NAME,
        "Switches a source of the simulated exchange off or on; manual clock only.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let kind = input.try_get("kind")?.string()?.to_owned();
            let available = input.try_get("available")?.boolean()?;
            let command = Command::SwitchExchange { kind, available };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| (Switched { available }, Vec::new())).into_field()
        })
    })
}
