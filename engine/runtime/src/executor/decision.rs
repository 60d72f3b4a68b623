//! Makes the decision a business rule task asks for.

use std::sync::Arc;

use tongban_core::command::Command;
use tongban_core::id::{Binding, ElementInstanceId};
use tongban_feel::environment::Environment;
use tongban_feel::time::{DateTime, Timestamp};
use tongban_feel::value::Value;
use tongban_store::query::definition::Version;

use crate::definition::Decision;
use crate::executor::instance::Instance;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::variables;

/// A decision asked for.
pub(crate) struct Asked {
    pub(crate) element_instance: ElementInstanceId,
    pub(crate) decision_id: Arc<str>,
    pub(crate) binding: Binding,
    pub(crate) as_of: Option<Value>,
}

impl Session<'_> {
    /// Makes a decision; what is wrong with it is an incident of the instance.
    pub(crate) fn decide_by_table(
        &mut self,
        instance: &Instance,
        asked: Asked,
    ) -> Decided<Command> {
        let element_instance = asked.element_instance;
        let failed = |message: String| Command::DecisionFailed {
            element_instance,
            message: message.into(),
        };
        let date = match self.date_of(&asked) {
            Ok(date) => date,
            Err(message) => return Ok(failed(message)),
        };
        let Some(decision) = self.find_decision(instance, &asked, &date)? else {
            let message = format!(
                "expected a deployed decision {} that holds on {date}, found none",
                asked.decision_id
            );
            return Ok(failed(message));
        };
        let context = variables::to_context(&instance.state.visible_variables(element_instance));
        let tenant = self.running.tenant.clone();
        let now = Timestamp::from_microseconds(self.running.now);
        let environment = Environment {
            now,
            zone: self.shared.zone.clone(),
            calendar: &*tenant.calendar,
            budget: self.shared.core_limits.feel,
        };
        Ok(
            match decision
                .model
                .evaluate(&decision.key, &context, &environment)
            {
                Ok(decided) => Command::DecisionEvaluated {
                    element_instance,
                    result: decided.value,
                },
                Err(error) => failed(error.to_string()),
            },
        )
    }

    /// The date by whose rules is decided, `YYYY-MM-DD`: as the task says, else today.
    fn date_of(&self, asked: &Asked) -> Result<String, String> {
        let zone = self.shared.zone.clone();
        match &asked.as_of {
            None | Some(Value::Null) => {
                let now = Timestamp::from_microseconds(self.running.now);
                Ok(DateTime::from_timestamp(now, zone).date().to_string())
            }
            Some(Value::Date(date)) => Ok(date.to_string()),
            Some(Value::DateTime(date_time)) => Ok(date_time.date().to_string()),
            Some(Value::String(text)) => match tongban_feel::time::Date::parse(text) {
                Some(date) => Ok(date.to_string()),
                None => Err(format!(
                    "expected tongban:as-of to be a date, found \"{text}\""
                )),
            },
            Some(other) => Err(format!(
                "expected tongban:as-of to be a date, found a {}",
                other.type_name()
            )),
        }
    }

    fn find_decision(
        &mut self,
        instance: &Instance,
        asked: &Asked,
        date: &str,
    ) -> Decided<Option<Arc<Decision>>> {
        let shared = self.shared.clone();
        let tenant = self.running.tenant.id.clone();
        let version = match &asked.binding {
            Binding::Latest => Version::Latest,
            Binding::Deployment => Version::Deployment(instance.definition.deployment),
            Binding::VersionTag(tag) => Version::Tag(tag),
        };
        let wanted = (&*asked.decision_id, version);
        let find = shared
            .definitions
            .decision(&shared.database, &tenant, wanted, self.revision);
        let found = self.wait(find)?;
        let holds = |it: &Decision| it.effective_from.as_deref().is_none_or(|from| from <= date);
        if asked.binding != Binding::Latest || found.as_deref().is_none_or(holds) {
            return Ok(found);
        }
        // The newest does not hold yet on that date: an earlier one does.
        let runtime = self.runtime;
        let row = runtime.block_on(
            self.unit()
                .decision_definition_as_of(&asked.decision_id, date),
        )?;
        let Some(row) = row else { return Ok(None) };
        let compile = shared
            .definitions
            .compile_decision(&shared.database, &tenant, &row);
        Ok(Some(Arc::new(self.wait(compile)?)))
    }
}
