//! `markNoticeRead`, `setNoticeLocale`, `redeliverNotice`.

use async_graphql::Value;
use async_graphql::dynamic::{Enum, EnumItem, TypeRef};
use tongban_runtime::command::Command;
use tongban_runtime::command::notice::NoticeCommand;
use tongban_runtime::outcome::Done;

use super::query::{command_reader, row_id};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload};
use crate::session::{Session, failure};

/// Notices marked at once.
const IDS_MAX: usize = 100;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    mark_read(builder)?;
    set_locale(builder)?;
    redeliver(builder)
}

fn mark_read(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "markNoticeRead";
    let fields = vec![input::field(
        "noticeIds",
        TypeRef::named_nn_list_nn(TypeRef::ID),
        "The notices, at most 100.",
    )];
    builder.register(input::object(NAME, "Which notices.", fields))?;
    let n_read = leaf(
        "count",
        TypeRef::named_nn(TypeRef::INT),
        "How many are marked now.",
        |it: &Payload<u64>, _| Some(Value::from(it.done.unwrap_or(0))),
    );
    payload::register::<u64>(builder, NAME, vec![n_read])?;
    let spec = RootField::mutation(NAME, "Marks notices of one's inbox as read, for oneself.");
    builder.mutation(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let session = Session::of(&ctx);
            let ids = input.try_get("noticeIds")?.list()?;
            if ids.len() > IDS_MAX {
                let message = format!("noticeIds has more than {IDS_MAX} members");
                return Err(failure("BAD_USER_INPUT", &message));
            }
            let mut notices = Vec::with_capacity(ids.len());
            for id in ids.iter() {
                notices.push(row_id(id.string()?)?);
            }
            let reader = command_reader(session.principal()?);
            let command = Command::Notice(NoticeCommand::MarkRead { notices, reader });
            let answer = session.execute(command, input::key(&input)?).await?;
            Payload::of(answer, |outcome| {
                let n_read = match outcome.done {
                    Done::NoticesRead { n_read } => n_read,
                    _ => 0,
                };
                (n_read, Vec::new())
            })
            .into_field()
        })
    })
}

fn set_locale(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "setNoticeLocale";
    let locale = Enum::new("NoticeLocale")
        .description("Languages in which one can be told things.")
        .item(
            EnumItem::new("ZH_CN")
                .description("Simplified Chinese; the language of those who have said nothing."),
        )
        .item(EnumItem::new("EN").description("English."));
    builder.register(locale)?;
    let fields = vec![input::field(
        "locale",
        TypeRef::named_nn("NoticeLocale"),
        "The language.",
    )];
    builder.register(input::object(NAME, "Which language.", fields))?;
    payload::register::<bool>(builder, NAME, vec![stored()])?;
    let spec = RootField::mutation(
        NAME,
        "Says in which language one's notices go out over channels such as text messages.",
    );
    builder.mutation(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let session = Session::of(&ctx);
            let locale = match input.try_get("locale")?.enum_name()? {
                "EN" => "en",
                _ => "zh-CN",
            };
            let command = Command::Notice(NoticeCommand::SetLocale {
                locale: locale.to_owned(),
                reader: command_reader(session.principal()?),
            });
            let answer = session.execute(command, input::key(&input)?).await?;
            Payload::of(answer, |_| (true, Vec::new())).into_field()
        })
    })
}

fn redeliver(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "redeliverNotice";
    if builder.shows(&Right::Operator) {
        let fields = vec![
            input::id("noticeId", "The notice."),
            input::field(
                "channel",
                TypeRef::named_nn(TypeRef::STRING),
                "The channel.",
            ),
        ];
        builder.register(input::object(NAME, "Which delivery.", fields))?;
        payload::register::<bool>(builder, NAME, vec![stored()])?;
    }
    let spec = RootField::mutation(NAME, "Has a delivery that was given up tried again.");
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let command = Command::Notice(NoticeCommand::Redeliver {
                notice: row_id(input.try_get("noticeId")?.string()?)?,
                channel: input.try_get("channel")?.string()?.to_owned(),
            });
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| (true, Vec::new())).into_field()
        })
    })
}

fn stored() -> async_graphql::dynamic::Field {
    leaf(
        "done",
        TypeRef::named_nn(TypeRef::BOOLEAN),
        "Whether it was taken note of.",
        |it: &Payload<bool>, _| Some(Value::from(it.done.is_some())),
    )
}
