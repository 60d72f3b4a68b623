//! What a plugin demands of every version of its decisions: answers to given inputs, inputs that
//! must not be used, rules that must stay.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tongban_feel::dmn::outline::{DecisionOutline, outline};
use tongban_feel::dmn::{Limits, Model, Source};
use tongban_feel::environment::Environment;
use tongban_feel::expression::{Expression, Names};
use tongban_feel::json::{from_json, to_json};
use tongban_feel::value::{Context, Value};
use tongban_host::manifest::Assertion;
use tongban_host::plugin::{Plugin, Vector};

use super::file;
use super::kind::{Change, Original};
use crate::configuration_item::Finding;
use crate::error::{Text, UserError};
use crate::executor::deploy::import::Imported;
use crate::executor::session::Session;

/// The variable that holds the answer in a condition.
const RESULT: &str = "result";

/// Everything in which a decision file goes against what plugins demand of its decisions.
pub(super) fn check(
    session: &Session<'_>,
    change: &Change<'_>,
    original: Option<&Original>,
    keys: &[&str],
) -> Vec<Finding> {
    let (name, limits) = (change.key(), Limits::default());
    let resource = file::resource(change, "dmn");
    let imports = session.imported(std::slice::from_ref(&resource));
    let imports = imports.unwrap_or_default();
    let others: Vec<Source<'_>> = imports.files.iter().map(Imported::source).collect();
    let own = Source {
        file: name,
        bytes: change.content,
    };
    // What cannot be read was reported before.
    let (Ok(model), Ok(outlines)) = (
        Model::parse_with_imports(own, &others, &limits),
        outline(name, change.content, &limits),
    ) else {
        return Vec::new();
    };
    let before = original.and_then(|it| outline(name, &it.content, &limits).ok());
    let before = before.as_deref().unwrap_or_default();
    let environment = session.environment();
    let mut findings = Vec::new();
    for plugin in &session.running.tenant.plugins {
        for assertion in &plugin.manifest().assertions {
            if keys.contains(&assertion.decision.as_str()) {
                let held = Held {
                    plugin,
                    assertion,
                    model: &model,
                    outlines: &outlines,
                    before,
                };
                findings.extend(held.all(&environment));
            }
        }
    }
    findings
}

/// Everything in which a plugin's own decisions go against what it demands of them.
pub(crate) fn check_own(plugin: &Arc<Plugin>, environment: &Environment<'_>) -> Vec<UserError> {
    let limits = Limits::default();
    let mut errors = Vec::new();
    for assertion in &plugin.manifest().assertions {
        let mut files = plugin.originals("decisions/");
        let own = files.find_map(|(path, content)| {
            let outlines = outline(path, content, &limits).ok()?;
            let has_it = outlines.iter().any(|it| it.id == assertion.decision);
            has_it.then_some((own_model(plugin, path, content)?, outlines))
        });
        let Some((model, outlines)) = own else {
            let reason = format!(
                "there is no sound decision {} for its assertion",
                assertion.decision
            );
            errors.push(UserError::new("PLUGIN_REFUSED", &[("reason", &reason)]));
            continue;
        };
        let held = Held {
            plugin,
            assertion,
            model: &model,
            outlines: &outlines,
            before: &outlines,
        };
        errors.extend(held.all(environment).iter().map(Finding::to_error));
        errors.extend(held.missing_rules());
    }
    errors
}

/// A decision file of a plugin, over the others that it may import.
fn own_model(plugin: &Plugin, path: &str, content: &[u8]) -> Option<Model> {
    let others: Vec<(&str, &[u8])> = plugin
        .originals("decisions/")
        .filter(|(other, _)| *other != path)
        .collect();
    let others: Vec<Source<'_>> = others
        .iter()
        .map(|(file, bytes)| Source { file, bytes })
        .collect();
    let own = Source {
        file: path,
        bytes: content,
    };
    Model::parse_with_imports(own, &others, &Limits::default()).ok()
}

/// A file held against one assertion.
struct Held<'h> {
    plugin: &'h Arc<Plugin>,
    assertion: &'h Assertion,
    model: &'h Model,
    outlines: &'h [DecisionOutline],
    before: &'h [DecisionOutline],
}

impl Held<'_> {
    fn of<'o>(&self, outlines: &'o [DecisionOutline]) -> Option<&'o DecisionOutline> {
        outlines.iter().find(|it| it.id == self.assertion.decision)
    }

    /// The plugin's own message, with what exactly is against it.
    fn violated(&self, detail: &str, mut details: Json) -> Finding {
        let arguments = BTreeMap::from([
            ("decision".to_owned(), self.assertion.decision.clone()),
            ("detail".to_owned(), detail.to_owned()),
        ]);
        let text = self.plugin.text(&self.assertion.code, &arguments);
        details["decision"] = Json::String(self.assertion.decision.clone());
        details["detail"] = Json::String(detail.to_owned());
        Finding::error(UserError {
            code: self.assertion.code.clone(),
            field: Some("/content".to_owned()),
            text: Text {
                zh: text.zh,
                en: text.en,
            },
            law_basis: None,
            details: Some(details),
        })
    }

    fn all(&self, environment: &Environment<'_>) -> Vec<Finding> {
        let mut findings = self.vectors(environment);
        findings.extend(self.forbidden_inputs());
        findings.extend(self.locked_rules());
        findings
    }

    /// Rules that are to stay, and are not there.
    fn missing_rules(&self) -> Vec<UserError> {
        let rules = self.of(self.outlines).map(|it| it.rules.as_slice());
        let is_there = |id: &&String| {
            let mut ids = rules
                .unwrap_or_default()
                .iter()
                .filter_map(|it| it.id.as_ref());
            ids.any(|it| it == *id)
        };
        let missing = self
            .assertion
            .locked_rules
            .iter()
            .filter(|it| !is_there(it));
        missing
            .map(|id| {
                let reason = format!("decision {} has no rule {id}", self.assertion.decision);
                UserError::new("PLUGIN_REFUSED", &[("reason", &reason)])
            })
            .collect()
    }

    fn vectors(&self, environment: &Environment<'_>) -> Vec<Finding> {
        let vectors = self.plugin.vectors(self.assertion);
        let against = vectors
            .iter()
            .filter_map(|it| Some((it, self.vector(it, environment).err()?)));
        against
            .map(|(vector, reason)| {
                let details = json!({ "vector": vector.name, "inputs": vector.inputs });
                self.violated(&format!("{}: {reason}", vector.name), details)
            })
            .collect()
    }

    /// Whether the decision answers as it has to.
    fn vector(&self, vector: &Vector, environment: &Environment<'_>) -> Result<(), String> {
        let members = vector.inputs.iter();
        let mut scope: Context = members
            .map(|(name, value)| (Arc::from(name.as_str()), from_json(value)))
            .collect();
        let decided = self
            .model
            .evaluate(&self.assertion.decision, &scope, environment)
            .map_err(|error| error.to_string())?;
        let result = to_json(&decided.value).unwrap_or(Json::Null);
        if let Some(expected) = &vector.expect {
            if from_json(expected) != decided.value && *expected != result {
                return Err(format!("expected {expected}, found {result}"));
            }
        } else if decided.value == Value::Null {
            return Err("expected an answer, found none".to_owned());
        }
        scope.insert(Arc::from(RESULT), decided.value);
        let conditions = self.assertion.assert.iter().chain(&vector.assert);
        for condition in conditions {
            let expression = Expression::compile(condition, &Names::default());
            let value = match expression {
                Ok(expression) => expression.evaluate(&scope, environment),
                Err(errors) => return Err(errors[0].to_string()),
            };
            if value != Ok(Value::Boolean(true)) {
                return Err(format!("{condition} is not true of {result}"));
            }
        }
        Ok(())
    }

    fn forbidden_inputs(&self) -> Vec<Finding> {
        let Some(outline) = self.of(self.outlines) else {
            return Vec::new();
        };
        let forbidden = self.assertion.forbidden_inputs.iter();
        forbidden
            .filter(|it| outline.reads.contains(*it))
            .map(|it| self.violated(it, json!({ "forbiddenInput": it })))
            .collect()
    }

    fn locked_rules(&self) -> Vec<Finding> {
        let rule = |outlines: &[DecisionOutline], id: &str| {
            let rules = self.of(outlines)?.rules.iter();
            rules
                .clone()
                .find(|it| it.id.as_deref() == Some(id))
                .cloned()
        };
        let locked = self.assertion.locked_rules.iter();
        locked
            .filter(|id| {
                // A rule that the plugin itself no longer has cannot be kept.
                let before = rule(self.before, id);
                before.is_some() && rule(self.outlines, id) != before
            })
            .map(|id| self.violated(id, json!({ "lockedRule": id })))
            .collect()
    }
}
