//! Incidents.

use crate::event::IncidentRaised;
use crate::id::IncidentId;
use crate::state::State;
use crate::state::incident::Incident;

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

    pub(super) fn apply_incident_gone(&mut self, id: IncidentId) {
        self.incidents.remove(id);
    }
}
