//! Stored answers of other departments.

use tongban_host::capability::Unavailable;
use tongban_host::capability::check::{Answer, Checks};

use super::{CallCapabilities, unavailable};

impl Checks for CallCapabilities {
    fn lookup_check(&mut self, kind: &str, subject: &str) -> Result<Option<Answer>, Unavailable> {
        let lookup = self.unit.latest_check_answer(kind, subject);
        let found = CallCapabilities::wait(&self.runtime, lookup).map_err(unavailable)?;
        Ok(found.map(|answer| Answer {
            check_id: answer.check_id.to_string(),
            kind: answer.kind.to_string(),
            subject: answer.subject.to_string(),
            outcome: answer.outcome.to_string(),
            answered_at_us: answer.answered_at,
            body: answer.body.as_bytes().to_vec(),
        }))
    }
}
