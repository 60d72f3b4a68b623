//! Questions to other registers, stored with the command that needs the answer.

use std::sync::Arc;

use super::UnitOfWork;
use super::tables::NameKey;
use crate::bulk::{self, Lock};
use crate::entity::{check_answer, check_request};
use crate::error::Error;
use crate::query;
use crate::row::check::{CheckAnswer, CheckRequest, CheckState};

impl UnitOfWork {
    /// Stores a question, new or changed.
    pub fn put_check_request(&mut self, request: &CheckRequest) {
        let key = (self.tenant(), request.id.clone());
        self.grow(160 + request.body.len());
        let model = query::check::request_to_model(&key.0, request);
        self.tables.check_request.put(key, model);
    }

    /// A question; on PostgreSQL it is locked.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn check_request(&mut self, id: &str) -> Result<Option<CheckRequest>, Error> {
        let key: NameKey = (self.tenant(), Arc::from(id));
        if self.tables.check_request.get(&key).is_none() {
            let keys = vec![vec![key.0.as_str().into(), id.into()]];
            let (tx, action) = (self.tx().await?, "read a check");
            let found =
                bulk::select::<check_request::Entity, _>(tx, keys, Lock::Wait, action).await;
            let found = found?.pop();
            self.tables.check_request.learn(key.clone(), found);
        }
        let row = self.tables.check_request.get(&key).flatten();
        Ok(row.cloned().map(query::check::request_from_model))
    }

    /// Marks a question as no longer waited for, if it is open.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn cancel_check_request(&mut self, id: &str) -> Result<(), Error> {
        if let Some(mut request) = self.check_request(id).await?
            && request.state == CheckState::Pending
        {
            request.state = CheckState::Canceled;
            self.put_check_request(&request);
        }
        Ok(())
    }

    /// Stores an answer.
    pub fn put_check_answer(&mut self, answer: &CheckAnswer) {
        let key = (self.tenant(), answer.check_id.clone());
        self.grow(160 + answer.body.len());
        let model = query::check::answer_to_model(&key.0, answer);
        self.tables.check_answer.put(key, model);
    }

    /// The latest answer about a subject.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn latest_check_answer(
        &mut self,
        kind: &str,
        subject: &str,
    ) -> Result<Option<CheckAnswer>, Error> {
        let tenant = self.tenant();
        let stored = query::check::latest_answer(self.tx().await?, &tenant, kind, subject).await?;
        let about = |it: &&check_answer::Model| it.kind == kind && it.subject == subject;
        let known = self
            .tables
            .check_answer
            .known()
            .filter(|(key, _)| key.0 == tenant);
        let known = known.filter_map(|(_, row)| row).filter(about).cloned();
        let known = known.map(query::check::answer_from_model);
        Ok(known.chain(stored).max_by_key(|it| it.answered_at))
    }
}
