//! Which processes of a deployment cannot work out, whatever their data: found out before the
//! deployment is queued, so that no other command waits for it, and within one budget.

use std::sync::Arc;

use moka::sync::Cache;
use tongban_bpmn::diagnostic::Diagnostic;
use tongban_bpmn::graph::ProcessDefinition;
use tongban_bpmn::soundness;

use super::digest_of;
use crate::command::Resource;
use crate::resource::Soundness;

/// States looked at in one deployment, over all scopes of all its processes.
const STATES_MAX: usize = 100_000;
/// States looked at in a scope even if there are many: enough for what is structured.
const SCOPE_STATES_MIN: usize = 200;
/// Files whose verdict is kept: from the request until the executor takes it up, and while somebody
/// edits a model.
const FILES_MAX: u64 = 500;

/// A file by its name and content, and how thoroughly it was looked at.
type Key = (String, Arc<str>, Soundness, usize);

/// What was found in files.
pub(crate) struct Verdicts {
    known: Cache<Key, Arc<[Diagnostic]>>,
}

impl Default for Verdicts {
    fn default() -> Verdicts {
        Verdicts {
            known: Cache::new(FILES_MAX),
        }
    }
}

/// How the processes of a deployment are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'v> {
    pub(crate) soundness: Soundness,
    pub(crate) verdicts: &'v Verdicts,
}

impl Look<'_> {
    /// What cannot work out in the processes of a file, of so many scopes in the whole deployment.
    pub(crate) fn at(
        &self,
        resource: &Resource,
        processes: &[Arc<ProcessDefinition>],
        n_scopes: usize,
    ) -> Arc<[Diagnostic]> {
        if self.soundness == Soundness::Off {
            return Arc::from([]);
        }
        let states_max = states_per_scope(n_scopes);
        let name = resource.name.clone();
        let key = (name, digest_of(resource), self.soundness, states_max);
        if let Some(found) = self.verdicts.known.get(&key) {
            return found;
        }
        let options = soundness::Options {
            are_errors: self.soundness == Soundness::Refuse,
            states_max,
        };
        let found = processes.iter();
        let found = found.flat_map(|it| soundness::check(&resource.name, it, &options));
        let found: Arc<[Diagnostic]> = found.collect();
        self.verdicts.known.insert(key, found.clone());
        found
    }
}

/// Scopes of a process: itself, and its sub-processes.
pub(crate) fn scopes(process: &ProcessDefinition) -> usize {
    let scopes = process.indices();
    scopes.filter(|it| process.container(*it).is_some()).count()
}

fn states_per_scope(n_scopes: usize) -> usize {
    let share = STATES_MAX / n_scopes.max(1);
    share.clamp(SCOPE_STATES_MIN, soundness::STATES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_scopes_of_a_deployment_share_one_budget() {
        assert_eq!(states_per_scope(1), soundness::STATES_MAX);
        assert_eq!(states_per_scope(50), STATES_MAX / 50);
        assert_eq!(states_per_scope(1_000_000), SCOPE_STATES_MIN);
    }
}
