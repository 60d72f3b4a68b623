//! Incidents.

use crate::event::IncidentRaised;
use crate::id::IncidentId;
use crate::state::State;
use crate::state::element_instance::ElementInstance;
use crate::state::incident::Incident;
use crate::variable::Variables;

impl State {
    pub(super) fn apply_incident_raised(&mut self, raised: &IncidentRaised) {
        self.draw_id(raised.id.0);
        // What was asked for outside has been answered by what became the incident.
        self.set_request(raised.element_instance, None);
        self.apply_iterations_not_started(raised.element_instance);
        self.incidents.insert(Incident {
            id: raised.id,
            element_instance: raised.element_instance,
            job: raised.job,
            kind: raised.kind,
        });
    }

    pub(super) fn apply_incident_resolved(&mut self, id: IncidentId, corrected: &Variables) {
        let incident = self.incidents.get(id);
        let element_instance = incident.map(|it| it.element_instance);
        if let Some(element_instance) = element_instance.filter(|_| !corrected.is_empty()) {
            let correct = |it: &mut ElementInstance| it.received.set_all(corrected);
            self.element_instances.update(element_instance, correct);
        }
        self.apply_incident_gone(id);
    }

    pub(super) fn apply_incident_gone(&mut self, id: IncidentId) {
        self.incidents.remove(id);
    }
}
