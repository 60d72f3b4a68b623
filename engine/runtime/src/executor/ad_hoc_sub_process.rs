//! Activities that are chosen in ad-hoc sub-processes.

use std::sync::Arc;

use tongban_core::command::Command;
use tongban_core::id::ElementInstanceId;
use tongban_core::state::element_instance::ElementInstance;

use crate::error::UserError;
use crate::executor::instance::Instance;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outcome::Done;

impl Session<'_> {
    /// Chooses activities of an ad-hoc sub-process that is under way.
    pub(crate) fn activate_ad_hoc_activities(
        &mut self,
        process_instance: i64,
        (sub_process, number): (&str, Option<u32>),
        activities: &[String],
    ) -> Decided<Done> {
        // What the activities meet concerns the instance, not whoever chooses them.
        self.running.is_submission = false;
        let mut instance = self.load(process_instance)?;
        let element_instance = find(&instance, sub_process, number)?;
        let activities = activities.iter().map(|it| Arc::from(it.as_str()));
        let command = Command::ChooseActivities {
            element_instance,
            activities: activities.collect(),
        };
        self.drive(&mut instance, command)?;
        self.store(instance)?;
        let subject = format!("{process_instance}-{element_instance}");
        self.audit("ActivateAdHocActivities", ("element_instance", &subject))?;
        Ok(Done::AdHocActivitiesActivated { process_instance })
    }
}

/// The one activation of a sub-process that is meant.
fn find(instance: &Instance, sub_process: &str, number: Option<u32>) -> Decided<ElementInstanceId> {
    let process = &instance.definition.process;
    let is_meant = |it: &&ElementInstance| {
        it.ad_hoc.is_some()
            && *process.element(it.element).id == *sub_process
            && number.is_none_or(|number| it.id.0 == number)
    };
    let found = instance.state.element_instances().filter(is_meant);
    let found: Vec<ElementInstanceId> = found.map(|it| it.id).collect();
    match found.as_slice() {
        [id] => Ok(*id),
        [] => {
            let error = UserError::new("AD_HOC_NOT_FOUND", &[("id", sub_process)]);
            Err(error.at("/subProcessId").into())
        }
        several => {
            let numbers: Vec<String> = several.iter().map(ToString::to_string).collect();
            let numbers = numbers.join(", ");
            let found = [("id", sub_process), ("numbers", &*numbers)];
            let error = UserError::new("AD_HOC_NOT_CLEAR", &found);
            Err(error.at("/elementInstance").into())
        }
    }
}
