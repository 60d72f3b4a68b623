//! References to messages: awaited, published, or starting a process.

use crate::diagnostic::{At, code};
use crate::extension::Extension;
use crate::graph::Message;
use crate::parse::Parse;
use std::sync::Arc;
use tongban_feel::expression::Expression;

/// A message of the file, as it is declared.
struct Declared {
    name: Option<Expression>,
    name_text: Arc<str>,
    is_dynamic: bool,
    correlation_key: Option<Expression>,
    has_key: bool,
}

/// A message whose name is known at deployment.
fn declared_static(
    parse: &mut Parse<'_>,
    at: At<'_>,
    message_ref: Option<&str>,
) -> Option<Declared> {
    let declared = declared(parse, at, message_ref)?;
    if declared.is_dynamic {
        let found = [(&*declared.name_text).into()];
        parse.report(&code::START_MESSAGE_NOT_STATIC, at, &found);
        return None;
    }
    Some(declared)
}

/// A message that starts a process: its name is known at deployment.
pub(crate) fn start(
    parse: &mut Parse<'_>,
    at: At<'_>,
    message_ref: Option<&str>,
) -> Option<Message> {
    let declared = declared_static(parse, at, message_ref)?;
    Some(plain(declared.name?, None))
}

/// A message that starts a process, or is awaited in it; then it needs a key.
pub(crate) fn start_or_catch(
    parse: &mut Parse<'_>,
    at: At<'_>,
    message_ref: Option<&str>,
) -> Option<Message> {
    let declared = declared_static(parse, at, message_ref)?;
    let by_properties = message_ref.and_then(|it| parse.correlation.awaited(it));
    let key = match declared.has_key {
        true => Some(declared.correlation_key?),
        false => by_properties,
    };
    Some(plain(declared.name?, key))
}

/// A message that is awaited under a key.
pub(crate) fn catch(
    parse: &mut Parse<'_>,
    at: At<'_>,
    message_ref: Option<&str>,
) -> Option<Message> {
    let declared = declared(parse, at, message_ref)?;
    let by_properties = message_ref.and_then(|it| parse.correlation.awaited(it));
    if let (false, Some(key)) = (declared.has_key, by_properties) {
        return Some(plain(declared.name?, Some(key)));
    }
    if !declared.has_key {
        let found = [(&*declared.name_text).into()];
        parse.report(&code::MISSING_CORRELATION_KEY, at, &found);
        return None;
    }
    Some(plain(declared.name?, Some(declared.correlation_key?)))
}

/// A message that is published, or sent by a worker.
pub(crate) fn throw(
    parse: &mut Parse<'_>,
    at: At<'_>,
    message_ref: Option<&str>,
    extension: &mut Extension,
) -> Option<Message> {
    if extension.has("taskHeaders") && !extension.has("taskDefinition") {
        let found = ["type".into(), "taskDefinition".into()];
        parse.report(&code::MISSING_ATTRIBUTE, at, &found);
    }
    if extension.has("publishMessage") && extension.has("taskDefinition") {
        let both = "zeebe:publishMessage + zeebe:taskDefinition";
        let found = [at.element_id.unwrap_or_default().into(), both.into()];
        parse.report(&code::SEVERAL_IMPLEMENTATIONS, at, &found);
        return None;
    }
    let job = extension.job();
    // A worker that sends the message knows what to send.
    if let (None, Some(job)) = (message_ref, &job) {
        let mut message = plain(job.job_type.clone(), None);
        message.job = Some(job.clone());
        return Some(message);
    }
    let declared = declared(parse, at, message_ref)?;
    let publish = extension.publish.take().unwrap_or_default();
    if publish.is_broken {
        return None;
    }
    let own_key = publish.correlation_key;
    if own_key.is_none() && declared.has_key && declared.correlation_key.is_none() {
        return None;
    }
    // A key that the author computes comes before the one that the properties give.
    let by_properties = message_ref.and_then(|it| parse.correlation.published(it));
    let correlation_key = own_key.or(declared.correlation_key).or(by_properties);
    Some(Message {
        name: declared.name?,
        correlation_key,
        job,
        time_to_live: publish.time_to_live,
        message_id: publish.message_id,
    })
}

fn declared(parse: &mut Parse<'_>, at: At<'_>, message_ref: Option<&str>) -> Option<Declared> {
    let Some(declaration) = message_ref.and_then(|it| parse.messages.get(it)) else {
        let found = message_ref.map_or(("none", "无").into(), Into::into);
        parse.report(&code::MISSING_MESSAGE, at, &[found]);
        return None;
    };
    let Some(name_text) = declaration.name_text.clone() else {
        let id = declaration.id.clone();
        parse.report(&code::MESSAGE_WITHOUT_NAME, at, &[id.as_str().into()]);
        return None;
    };
    Some(Declared {
        name: declaration.name.clone(),
        name_text,
        is_dynamic: declaration.is_dynamic(),
        correlation_key: declaration.correlation_key.clone(),
        has_key: declaration.has_correlation_key,
    })
}

fn plain(name: Expression, correlation_key: Option<Expression>) -> Message {
    Message {
        name,
        correlation_key,
        job: None,
        time_to_live: None,
        message_id: None,
    }
}
