//! Subscriptions over what commits change: each change is picked, then read again under the
//! rights of whoever follows.

use std::collections::VecDeque;
use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::FieldValue;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tongban_runtime::change::{Change, Subject};

use crate::session::Session;

/// A stream of what `pick` takes from the changes of the principal's tenant and `load` then finds.
///
/// A reader too slow, or cut off from another node, missed messages: the stream ends, and the client
/// subscribes and reads again.
pub(crate) fn stream<K, T, P, L, F>(
    session: Session,
    pick: P,
    load: L,
) -> BoxStream<'static, Result<FieldValue<'static>, Error>>
where
    K: PartialEq + Send + 'static,
    T: Send + Sync + 'static,
    P: Fn(&Subject) -> Option<K> + Send + Sync + 'static,
    L: Fn(Session, K) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Option<T>, Error>> + Send,
{
    let follow = Follow {
        receiver: session.engine.subscribe(),
        session,
        pending: VecDeque::new(),
    };
    futures::stream::unfold(
        (follow, pick, load),
        |(mut follow, pick, load)| async move {
            let next = follow.next(&pick, &load).await?;
            Some((next.map(FieldValue::owned_any), (follow, pick, load)))
        },
    )
    .boxed()
}

struct Follow<K> {
    session: Session,
    receiver: Receiver<Arc<[Change]>>,
    pending: VecDeque<K>,
}

impl<K: PartialEq> Follow<K> {
    async fn next<T, F>(
        &mut self,
        pick: &impl Fn(&Subject) -> Option<K>,
        load: &impl Fn(Session, K) -> F,
    ) -> Option<Result<T, Error>>
    where
        F: Future<Output = Result<Option<T>, Error>>,
    {
        loop {
            while let Some(key) = self.pending.pop_front() {
                match load(self.session.clone(), key).await {
                    Ok(Some(found)) => return Some(Ok(found)),
                    Ok(None) => {}
                    Err(error) => return Some(Err(error)),
                }
            }
            match self.receiver.recv().await {
                Ok(changes) if changes.iter().any(|it| it.subject == Subject::Missed) => {
                    return None;
                }
                Ok(changes) => {
                    let tenant = self.session.tenant().ok()?;
                    let ours = changes.iter().filter(|it| &*it.tenant == tenant);
                    for key in ours.filter_map(|it| pick(&it.subject)) {
                        // What changed several times with one commit is told once.
                        if self.pending.back() != Some(&key) {
                            self.pending.push_back(key);
                        }
                    }
                }
                Err(RecvError::Lagged(_) | RecvError::Closed) => return None,
            }
        }
    }
}
