//! The instance's beginning and end.

use crate::event::{InstanceCompleted, InstanceCreated, InstanceTerminated};
use crate::state::State;
use crate::state::instance::{Instance, Status};

impl State {
    pub(super) fn apply_instance_created(&mut self, created: &InstanceCreated) {
        assert!(self.instance.is_none(), "an instance is created once");
        self.instance = Some(Instance {
            id: created.instance,
            definition: created.definition,
            process_key: created.process_key.clone(),
            business_key: created.business_key.clone(),
            start: created.start,
            parent: created.parent,
            iteration: created.iteration.clone(),
            created_at: created.created_at,
            status: Status::Active,
            is_suspended: false,
        });
    }

    pub(super) fn apply_instance_suspended(&mut self, is_suspended: bool) {
        let instance = self.instance.as_mut().expect("an event has an instance");
        assert_ne!(
            instance.is_suspended, is_suspended,
            "an instance is suspended and resumed in turn"
        );
        instance.is_suspended = is_suspended;
    }

    pub(super) fn apply_instance_completed(&mut self, completed: &InstanceCompleted) {
        self.end_instance(Status::Completed);
        let instance = self.instance.as_ref().map(|it| it.id);
        assert_eq!(
            instance,
            Some(completed.instance),
            "an event is of this instance"
        );
    }

    pub(super) fn apply_instance_terminated(&mut self, terminated: &InstanceTerminated) {
        self.end_instance(Status::Terminated);
        let instance = self.instance.as_ref().map(|it| it.id);
        assert_eq!(
            instance,
            Some(terminated.instance),
            "an event is of this instance"
        );
    }

    fn end_instance(&mut self, status: Status) {
        assert_eq!(
            self.element_instances.len(),
            0,
            "an ended instance has no contents"
        );
        let instance = self.instance.as_mut().expect("an event has an instance");
        assert_eq!(instance.status, Status::Active, "an instance ends once");
        instance.status = status;
    }
}
