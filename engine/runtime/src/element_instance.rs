//! Where an instance stands: its element instances, as an operator names them when moving tokens.

use std::sync::Arc;

use tongban_core::ad_hoc_choice::{Choice, choices};
use tongban_core::data_type::NoDataTypes;
use tongban_core::id::{Instant, ProcessInstanceId};
use tongban_core::now::Now;
use tongban_core::state::element_instance::Phase;
use tongban_feel::workday::Weekends;
use tongban_store::error::Error as StoreError;
use tongban_store::id::TenantId;
use tongban_store::query::process_instance as query;

use crate::engine::Handle;

/// One activation of an element that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementInstance {
    /// Its number within the process instance.
    pub number: u32,
    /// XML id of the element.
    pub element_id: Arc<str>,
    /// The element's name in BPMN's XML; `multiInstance` for the body around iterations.
    pub kind: &'static str,
    /// Number of the scope instance; only the process itself has none.
    pub scope: Option<u32>,
    /// Where it stands in its life.
    pub phase: Phase,
    /// Which iteration of the multi-instance around it.
    pub loop_counter: Option<u32>,
    /// Whether an incident stops it.
    pub has_incident: bool,
    /// What can be chosen in it, if it is an ad-hoc sub-process.
    pub choices: Vec<Choice>,
}

impl Handle {
    /// The element instances of a running instance, as last committed, by number.
    pub async fn element_instances(
        &self,
        tenant: &str,
        process_instance: i64,
    ) -> Result<Vec<ElementInstance>, StoreError> {
        let (database, tenant) = (&self.shared.database, TenantId::new(tenant));
        let id = ProcessInstanceId(process_instance);
        let Some((head, state)) = query::with_state(database, &tenant, id).await? else {
            return Ok(Vec::new());
        };
        let definitions = &self.shared.definitions;
        let Some(definition) = definitions.of_instance(database, &tenant, &head).await? else {
            return Ok(Vec::new());
        };
        let limits = &self.shared.core_limits;
        let now = Now {
            at: Instant(self.shared.clock.now()),
            zone: self.shared.zone.clone(),
            // Nothing is evaluated in order to tell what can be chosen.
            calendar: &Weekends,
            limits,
            types: &NoDataTypes,
        };
        let choices = choices(&state, &definition.process, &now);
        let view = |it: &tongban_core::state::element_instance::ElementInstance| {
            let element = definition.process.element(it.element);
            ElementInstance {
                number: it.id.0,
                element_id: element.id.clone(),
                kind: element.kind.name(),
                scope: it.scope.map(|it| it.0),
                phase: it.phase,
                loop_counter: it.loop_counter,
                has_incident: state.incidents().any(|of| of.element_instance == it.id),
                choices: choices
                    .iter()
                    .filter(|choice| choice.sub_process == it.id)
                    .cloned()
                    .collect(),
            }
        };
        Ok(state.element_instances().map(view).collect())
    }
}
