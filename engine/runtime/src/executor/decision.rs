//! Makes the decision a business rule task asks for.

use std::sync::Arc;

use tongban_core::command::Command;
use tongban_core::event::{DecisionEvidence, DecisionRule};
use tongban_core::id::{Binding, ElementInstanceId};
use tongban_core::limit::DECISION_RULES_MAX;
use tongban_feel::trace::{Trace, TracedElement};
use tongban_feel::value::Value;
use tongban_store::query::definition::Version;
use tongban_store::row::definition::Origin;

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
        let environment = self.environment();
        let model = &decision.model;
        let (decided, trace) = model.evaluate_traced(&decision.key, &context, &environment);
        Ok(match decided {
            Ok(decided) => Command::DecisionEvaluated {
                element_instance,
                result: decided.value,
                evidence: Some(Box::new(evidence(&decision, &date, &trace))),
            },
            Err(error) => failed(error.to_string()),
        })
    }

    /// The date by whose rules is decided, `YYYY-MM-DD`: as the task says, else today.
    fn date_of(&self, asked: &Asked) -> Result<String, String> {
        match &asked.as_of {
            None | Some(Value::Null) => Ok(self.today().to_string()),
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
        let (database, key) = (&shared.database, &*asked.decision_id);
        let definitions = &shared.definitions;
        let in_force = || definitions.decision_as_of(database, &tenant, (key, date), self.revision);
        match &asked.binding {
            Binding::Latest => Ok(self.wait(in_force())?),
            // What came with the process is meant, but the county's own goes before it. A process
            // that is the county's own came alone.
            Binding::Deployment => {
                let in_force = self.wait(in_force())?;
                if in_force
                    .as_ref()
                    .is_some_and(|it| it.origin == Origin::County)
                {
                    return Ok(in_force);
                }
                let version = Version::Deployment(instance.definition.deployment);
                let found = self.wait(definitions.decision(database, &tenant, key, version))?;
                let is_alone = instance.definition.origin == Origin::County;
                Ok(if is_alone { found.or(in_force) } else { found })
            }
            Binding::VersionTag(tag) => {
                let version = Version::Tag(tag);
                Ok(self.wait(definitions.decision(database, &tenant, key, version))?)
            }
        }
    }
}

/// What tells a person why it was decided so.
fn evidence(decision: &Decision, as_of: &str, trace: &Trace) -> DecisionEvidence {
    let rules = |element: &TracedElement| -> Vec<DecisionRule> {
        let matched = element.tables.iter().flat_map(|it| &it.rules);
        let rule = matched.map(|it| DecisionRule {
            decision_id: element.id.clone(),
            rule_id: it.rule_id.clone(),
            rule_number: it.rule_number,
        });
        rule.collect()
    };
    DecisionEvidence {
        decision_id: decision.key.clone(),
        version: u32::try_from(decision.version).unwrap_or(0),
        effective_from: decision.effective_from.clone(),
        as_of: Arc::from(as_of),
        rules: trace
            .elements
            .iter()
            .flat_map(rules)
            .take(DECISION_RULES_MAX)
            .collect(),
    }
}
