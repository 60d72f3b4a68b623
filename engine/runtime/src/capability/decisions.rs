//! Decisions, by the version that holds on a day: the county's own, else the plugin's.

use serde_json::{Map, Value as Json};
use tongban_feel::environment::Environment;
use tongban_feel::json;
use tongban_feel::time::{Date, Timestamp};
use tongban_feel::trace::Trace;
use tongban_host::call::Date as HostDate;
use tongban_host::capability::decision::{Decision, DecisionError, Decisions};

use super::{CallCapabilities, calendar, unavailable};

impl Decisions for CallCapabilities {
    fn make_decision(
        &mut self,
        decision: &str,
        as_of: HostDate,
        input: &Map<String, Json>,
    ) -> Result<Decision, DecisionError> {
        let undecided = |text: String| DecisionError::Undecided(format!("{decision}: {text}"));
        let shared = &self.shared;
        let date = calendar::from_host(as_of).map(|it| it.to_string());
        let date = date.ok_or_else(|| undecided("expected a date that exists".to_owned()))?;
        let find = shared.definitions.decision_as_of(
            &shared.database,
            &self.tenant.id,
            (decision, &date),
            self.revision,
        );
        let found = CallCapabilities::wait(&self.runtime, find)
            .map_err(|error| DecisionError::Unavailable(unavailable(error)))?;
        let found = found.ok_or_else(|| undecided(format!("no version holds on {date}")))?;
        let environment = Environment {
            now: Timestamp::from_microseconds(self.now),
            zone: shared.zone.clone(),
            calendar: &*self.tenant.calendar,
            budget: shared.core_limits.feel,
        };
        let variables = json::context_from_json(input);
        let model = &found.model;
        let (decided, trace) = model.evaluate_traced(&found.key, &variables, &environment);
        let decided = decided.map_err(|error| undecided(error.to_string()))?;
        let output = json::to_json(&decided.value).map_err(|error| undecided(error.to_string()))?;
        let since = found.effective_from.as_deref().and_then(Date::parse);
        Ok(Decision {
            output,
            version: u32::try_from(found.version).unwrap_or(0),
            effective_from: since.and_then(calendar::to_host),
            rules: rules(&trace),
        })
    }
}

fn rules(trace: &Trace) -> Vec<String> {
    let tables = trace.elements.iter().flat_map(|it| &it.tables);
    let rules = tables.flat_map(|it| &it.rules);
    rules
        .filter_map(|it| it.rule_id.as_ref().map(ToString::to_string))
        .collect()
}
