//! `userTaskChanged`: one's task list, live.

use std::sync::Arc;

use async_graphql::dynamic::{Enum, EnumItem, FieldValue, Object, TypeRef};
use async_graphql::{Error, Name, Value};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tongban_runtime::change::{Change, Subject, UserTaskChange};
use tongban_runtime::command::UserTaskId;
use tongban_store::query::user_task::{AssigneeFilter, UserTaskFilter};
use tongban_store::row::user_task::{UserTask, UserTaskState};

use super::{object, query};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::session::Session;

/// A task, and what happened to it.
struct Changed {
    kind: UserTaskChange,
    task: UserTask,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    register_types(builder)?;
    let spec = RootField::new("userTaskChanged", TypeRef::named_nn("UserTaskChanged"), "Tasks of the principal's list, each time one appears, is claimed, completed or taken away.")
        .argument(input::field("filter", TypeRef::named("UserTaskFilter"), "Which tasks; `states` is not regarded."));
    builder.subscription(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx).clone();
            let filter = query::filter(&ctx)?;
            let receiver = session.engine.subscribe();
            Ok(stream(session, filter, receiver))
        })
    })
}

fn register_types(builder: &mut Builder) -> Result<(), NameClash> {
    let kind = Enum::new("UserTaskChangeKind")
        .description("What happened to a task.")
        .item(EnumItem::new("CREATED").description("It appeared."))
        .item(EnumItem::new("ASSIGNED").description("It was claimed or given back."))
        .item(EnumItem::new("COMPLETED").description("It was completed."))
        .item(EnumItem::new("CANCELED").description("It was taken away."))
        .item(
            EnumItem::new("ESCALATED")
                .description("It has waited long enough to reach a rung of its ladder."),
        );
    builder.register(kind)?;
    let changed = Object::new("UserTaskChanged")
        .description("A change of a task.")
        .field(leaf(
            "kind",
            TypeRef::named_nn("UserTaskChangeKind"),
            "What happened.",
            |it: &Changed, _| {
                Some(Value::Enum(Name::new(match it.kind {
                    UserTaskChange::Created => "CREATED",
                    UserTaskChange::Assigned => "ASSIGNED",
                    UserTaskChange::Completed => "COMPLETED",
                    UserTaskChange::Canceled => "CANCELED",
                    UserTaskChange::Escalated => "ESCALATED",
                })))
            },
        ))
        .field(crate::builder::node(
            "userTask",
            TypeRef::named_nn(object::TYPE),
            "The task as it stands.",
            |it: &Changed, _| {
                let node = object::into_node(&it.task);
                Box::pin(std::future::ready(Ok(Some(node))))
            },
        ));
    builder.register(changed)
}

struct Follow {
    session: Session,
    filter: UserTaskFilter,
    receiver: Receiver<Arc<[Change]>>,
    pending: Vec<(UserTaskId, UserTaskChange)>,
}

fn stream(
    session: Session,
    filter: UserTaskFilter,
    receiver: Receiver<Arc<[Change]>>,
) -> BoxStream<'static, Result<FieldValue<'static>, Error>> {
    let follow = Follow {
        session,
        filter,
        receiver,
        pending: Vec::new(),
    };
    futures::stream::unfold(follow, |mut follow| async move {
        let next = follow.next().await?;
        Some((next.map(FieldValue::owned_any), follow))
    })
    .boxed()
}

impl Follow {
    /// The next change that the principal may see; each is read again under his rights.
    async fn next(&mut self) -> Option<Result<Changed, Error>> {
        loop {
            while let Some((id, kind)) = self.pending.pop() {
                match query::get(&self.session, id).await {
                    Ok(Some(task)) if self.wants(&task) => return Some(Ok(Changed { kind, task })),
                    Ok(_) => {}
                    Err(error) => return Some(Err(error)),
                }
            }
            match self.receiver.recv().await {
                Ok(changes) if changes.iter().any(|it| it.subject == Subject::Missed) => {
                    return None;
                }
                Ok(changes) => self.take(&changes),
                // A reader too slow, or cut off from another node, missed messages: it ends, and the client subscribes and reads its list again.
                Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
            }
        }
    }

    fn take(&mut self, changes: &[Change]) {
        let Ok(tenant) = self.session.tenant() else {
            return;
        };
        let ours = changes.iter().rev().filter(|it| &*it.tenant == tenant);
        self.pending = ours
            .filter_map(|it| match &it.subject {
                Subject::UserTask { user_task, kind } => Some((*user_task, *kind)),
                _ => None,
            })
            .collect();
    }

    fn wants(&self, task: &UserTask) -> bool {
        let filter = &self.filter;
        let is = |wanted: &Option<Arc<str>>, found: Option<&Arc<str>>| {
            wanted.is_none() || wanted.as_ref() == found
        };
        let record = task.record.as_ref();
        let assignee = match &filter.assignee {
            None => true,
            Some(AssigneeFilter::Is(user)) => task.assignee.as_ref() == Some(user),
            Some(AssigneeFilter::Unassigned) => task.assignee.is_none(),
        };
        assignee
            && is(&filter.process_key, Some(&task.process_key))
            && is(&filter.record_kind, record.map(|it| &it.kind))
            && (filter.record_ids.is_empty()
                || record.is_some_and(|it| filter.record_ids.contains(&it.id)))
            && filter.light.is_none_or(|it| {
                let waits = task.state == UserTaskState::Created && task.due_at.is_some();
                waits && task.standing.light == it
            })
            && filter
                .candidate_group
                .as_ref()
                .is_none_or(|it| task.candidate_groups.contains(it))
            && filter
                .process_instance_id
                .is_none_or(|it| it == task.process_instance_id)
    }
}
