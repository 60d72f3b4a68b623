//! `activateAdHocActivities`.

use async_graphql::dynamic::TypeRef;
use tongban_runtime::command::Command;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::process_instance::{object, query};
use crate::session::{Session, failure};

/// Activities chosen at once.
const ACTIVITIES_MAX: usize = 100;

/// The instance in which activities were chosen.
struct Chosen {
    process_instance: i64,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "activateAdHocActivities";
    let fields = vec![
        input::id("processInstanceId", "The instance."),
        input::field(
            "subProcessId",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id of the ad-hoc sub-process.",
        ),
        input::field(
            "elementInstance",
            TypeRef::named(TypeRef::INT),
            "Which activation of it, where several are under way.",
        ),
        input::field(
            "activities",
            TypeRef::named_nn_list_nn(TypeRef::STRING),
            "XML ids of the activities; one that is named twice is carried out twice.",
        ),
    ];
    builder.register(input::object(NAME, "What to carry out.", fields))?;
    let instance = loaded::<Chosen, _>(
        "processInstance",
        TypeRef::named(object::TYPE),
        "The instance after the mutation.",
        |it, ctx| {
            let id = it.process_instance;
            Box::pin(async move { query::load(Session::of(&ctx), id).await })
        },
    );
    payload::register::<Chosen>(builder, NAME, vec![instance])?;
    let spec = RootField::mutation(
        NAME,
        "Chooses activities of an ad-hoc sub-process, which are carried out at once, or one after the other.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let row_id = input::row_id(&input, "processInstanceId", object::TYPE)?;
            let process_instance = row_id.parse().map_err(|_| {
                failure(
                    "BAD_USER_INPUT",
                    "expected processInstanceId to be the id of a ProcessInstance",
                )
            })?;
            let number = input.get("elementInstance").filter(|it| !it.is_null());
            let number = number.map(|it| it.i64()).transpose()?;
            let number = number.map(u32::try_from).transpose();
            let list = input.try_get("activities")?;
            let list = list.list()?;
            if list.len() > ACTIVITIES_MAX {
                let message = "expected at most 100 activities";
                return Err(failure("BAD_USER_INPUT", message));
            }
            let activities = list.iter().map(|it| it.string().map(ToOwned::to_owned));
            let command = Command::ActivateAdHocActivities {
                process_instance,
                sub_process: input.try_get("subProcessId")?.string()?.to_owned(),
                element_instance: number.map_err(|_| {
                    failure("BAD_USER_INPUT", "elementInstance is out of its range")
                })?,
                activities: activities.collect::<Result<_, _>>()?,
            };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| (Chosen { process_instance }, Vec::new())).into_field()
        })
    })
}
