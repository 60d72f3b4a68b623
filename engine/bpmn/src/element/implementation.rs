//! What a task does: a job for a plugin or worker, or work of its own kind; exactly one of them.

use crate::diagnostic::code;
use crate::extension::Extension;
use crate::parse::Parse;
use crate::xml::Node;

/// What a task was given.
pub(crate) enum Implementation {
    /// `zeebe:taskDefinition`
    Job,
    /// The extension element particular to the task.
    Own,
}

/// Decides between `taskDefinition` and the extension element `own`, if the task has one; answers
/// nothing if none or both are there, which is reported.
pub(crate) fn choose(
    parse: &mut Parse<'_>,
    node: &Node,
    extension: &Extension,
    own: Option<&str>,
) -> Option<Implementation> {
    let has_job = extension.has("taskDefinition");
    let has_own = own.is_some_and(|it| extension.has(it));
    let element = node.local.as_str();
    if !has_job && extension.has("taskHeaders") && has_own {
        let found = [
            "taskHeaders".into(),
            element.into(),
            own.unwrap_or_default().into(),
        ];
        parse.report(&code::MISPLACED_EXTENSION, node.at(), &found);
    }
    match (has_job, has_own) {
        (true, false) => Some(Implementation::Job),
        (false, true) => Some(Implementation::Own),
        (false, false) => {
            let mut names = "zeebe:taskDefinition".to_owned();
            if let Some(own) = own {
                names = format!("zeebe:{own}, {names}");
            }
            let found = [element.into(), names.as_str().into()];
            parse.report(&code::MISSING_IMPLEMENTATION, node.at(), &found);
            None
        }
        (true, true) => {
            let both = format!("zeebe:{} + zeebe:taskDefinition", own.unwrap_or_default());
            let found = [element.into(), both.as_str().into()];
            parse.report(&code::SEVERAL_IMPLEMENTATIONS, node.at(), &found);
            None
        }
    }
}
