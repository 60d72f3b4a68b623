//! What must hold between the parts of a manifest: names are unique, references are met, and
//! fields do not contradict each other.

mod deadline;
mod schedule;

use std::collections::BTreeSet;

use super::{ANYBODY, AsOf, Audience, CITIZEN, FILE_NAME, Manifest, Operation};
use crate::problem::Problem;

pub(super) fn references(manifest: &Manifest, source: &str) -> Vec<Problem> {
    let mut check = Checker {
        manifest,
        source,
        problems: Vec::new(),
    };
    check.unique_names();
    check.contract();
    for (operation_idx, operation) in manifest.operations.iter().enumerate() {
        check.operation(&format!("operation[{operation_idx}]"), operation);
    }
    check.records();
    check.notices();
    check.documents();
    for (check_idx, it) in manifest.checks.iter().enumerate() {
        let field = format!("check[{check_idx}].prepare");
        match manifest.operation(&it.prepare) {
            None => check.undeclared(
                &field,
                &it.prepare,
                "operation",
                names(&manifest.operations, |it| &it.name),
            ),
            Some(operation) if !operation.starts.is_empty() || operation.exposed => check.report(
                "HOST-0008",
                &field,
                &it.prepare,
                "expected an operation that is not exposed and starts no process".to_owned(),
            ),
            Some(_) => {}
        }
    }
    check.deadlines();
    check.schedules();
    check.problems
}

struct Checker<'m> {
    manifest: &'m Manifest,
    source: &'m str,
    problems: Vec<Problem>,
}

fn names<T>(items: &[T], name: fn(&T) -> &String) -> Vec<&str> {
    items.iter().map(|item| name(item).as_str()).collect()
}

impl<'m> Checker<'m> {
    /// The line is that of the first place where the value stands in quotes: good enough to
    /// find it, since reading has already lost the spans.
    fn report(&mut self, code: &'static str, field: &str, value: &str, message: String) {
        let offset = self.source.find(&format!("\"{value}\""));
        let line = offset.map(|offset| super::read::line_of(self.source, offset));
        self.problems
            .push(Problem::error(code, FILE_NAME, message).at(line, field));
    }

    fn undeclared(&mut self, field: &str, found: &str, what: &str, known: Vec<&str>) {
        if !found.is_empty() {
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            let message = format!("expected a declared {what} ({known}), found `{found}`");
            self.report("HOST-0007", field, found, message);
        }
    }

    fn unique(&mut self, list: &str, key: &str, found: Vec<&'m str>) {
        let mut seen = BTreeSet::new();
        for (item_idx, name) in found.into_iter().enumerate() {
            if !name.is_empty() && !seen.insert(name) {
                let field = format!("{list}[{item_idx}].{key}");
                self.report(
                    "HOST-0006",
                    &field,
                    name,
                    format!("`{name}` is declared twice"),
                );
            }
        }
    }

    fn unique_names(&mut self) {
        let manifest = self.manifest;
        self.unique("role", "code", names(&manifest.roles, |it| &it.code));
        self.unique("record", "kind", names(&manifest.records, |it| &it.kind));
        self.unique(
            "operation",
            "name",
            names(&manifest.operations, |it| &it.name),
        );
        self.unique(
            "number_series",
            "name",
            names(&manifest.number_series, |it| &it.name),
        );
        self.unique(
            "parameter",
            "key",
            names(&manifest.parameters, |it| &it.key),
        );
        self.unique("check", "kind", names(&manifest.checks, |it| &it.kind));
        self.unique("deadline", "key", names(&manifest.deadlines, |it| &it.key));
        self.unique("schedule", "key", names(&manifest.schedules, |it| &it.key));
        self.unique(
            "escalation",
            "key",
            names(&manifest.escalations, |it| &it.key),
        );
        self.unique("notice", "code", names(&manifest.notices, |it| &it.code));
        self.unique("document", "key", names(&manifest.documents, |it| &it.key));
        for (record_idx, record) in manifest.records.iter().enumerate() {
            let list = format!("record[{record_idx}].filters");
            self.unique(&list, "name", names(&record.filters, |it| &it.name));
            let list = format!("record[{record_idx}].unique");
            self.unique(&list, "name", names(&record.unique, |it| &it.name));
        }
    }

    fn contract(&mut self) {
        let found = &self.manifest.plugin.contract;
        let known = crate::contract::VERSIONS;
        if crate::name::is_version(found) && !known.contains(&found.as_str()) {
            let message = format!("expected one of {}, found `{found}`", known.join(", "));
            self.report("HOST-0064", "plugin.contract", found, message);
        }
    }

    fn roles(&mut self, field: &str, found: impl IntoIterator<Item = &'m String>) {
        let known = names(&self.manifest.roles, |it| &it.code);
        for role in found
            .into_iter()
            .filter(|it| *it != CITIZEN && !known.contains(&it.as_str()))
        {
            self.undeclared(field, role, "role", known.clone());
        }
    }

    fn kinds(&mut self, field: &str, found: impl Iterator<Item = &'m str>) {
        for kind in found {
            if self.manifest.record(kind).is_none() {
                let known = names(&self.manifest.records, |it| &it.kind);
                self.undeclared(field, kind, "record kind", known);
            }
        }
    }

    fn operation(&mut self, field: &str, operation: &'m Operation) {
        let manifest = self.manifest;
        let roles = operation.roles.iter();
        let (anybody, roles): (Vec<_>, Vec<_>) = roles.partition(|it| *it == ANYBODY);
        self.roles(&format!("{field}.roles"), roles);
        if !anybody.is_empty() && !operation.query {
            let message = "anybody may ask and nothing else: expected `query = true`, or roles that may call it";
            let place = format!("{field}.roles");
            self.report("HOST-0008", &place, ANYBODY, message.to_owned());
        }
        self.kinds(
            &format!("{field}.reads"),
            operation.reads.iter().map(|it| it.kind.as_str()),
        );
        self.kinds(
            &format!("{field}.writes"),
            operation.writes.iter().map(String::as_str),
        );
        for series in operation
            .numbers
            .iter()
            .filter(|it| manifest.series(it).is_none())
        {
            let known = names(&manifest.number_series, |it| &it.name);
            self.undeclared(&format!("{field}.numbers"), series, "number series", known);
        }
        for kind in operation
            .checks
            .iter()
            .filter(|it| manifest.check(it).is_none())
        {
            let known = names(&manifest.checks, |it| &it.kind);
            self.undeclared(&format!("{field}.checks"), kind, "check", known);
        }
        for key in operation
            .deadlines
            .iter()
            .filter(|it| manifest.deadline(it).is_none())
        {
            let known = names(&manifest.deadlines, |it| &it.key);
            self.undeclared(&format!("{field}.deadlines"), key, "deadline", known);
        }
        for code in operation
            .notices
            .iter()
            .filter(|it| manifest.notice(it).is_none())
        {
            let known = names(&manifest.notices, |it| &it.code);
            self.undeclared(&format!("{field}.notices"), code, "notice", known);
        }
        for key in operation
            .documents
            .iter()
            .filter(|it| manifest.document(it).is_none())
        {
            let known = names(&manifest.documents, |it| &it.key);
            self.undeclared(&format!("{field}.documents"), key, "document", known);
        }
        let snapshots: Vec<&str> = operation
            .reads
            .iter()
            .filter_map(|read| read.snapshot.as_ref().map(|it| it.name.as_str()))
            .collect();
        if let Some(AsOf::Snapshot { name, .. }) = &operation.as_of
            && !snapshots.contains(&name.as_str())
        {
            let known = snapshots.clone();
            self.undeclared(&format!("{field}.as_of"), name, "snapshot", known);
        }
        self.unique(&format!("{field}.reads"), "name", snapshots);
        self.exposure(field, operation);
    }

    fn exposure(&mut self, field: &str, operation: &Operation) {
        let changes = [
            ("writes", operation.writes.is_empty()),
            ("starts", operation.starts.is_empty()),
            ("publishes", operation.publishes.is_empty()),
            ("numbers", operation.numbers.is_empty()),
            ("deadlines", operation.deadlines.is_empty()),
            ("notices", operation.notices.is_empty()),
            ("documents", operation.documents.is_empty()),
        ];
        for (name, _) in changes
            .iter()
            .filter(|(_, empty)| operation.query && !empty)
        {
            let message = format!("a query changes nothing: expected no `{name}`");
            self.report(
                "HOST-0008",
                &format!("{field}.{name}"),
                &operation.name,
                message,
            );
        }
        if operation.query && !operation.exposed {
            let message =
                "`query = true` says how an operation is exposed: expected `exposed = true`";
            self.report(
                "HOST-0008",
                &format!("{field}.query"),
                &operation.name,
                message.to_owned(),
            );
        }
        if operation.exposed && operation.roles.is_empty() {
            let message = "expected at least one role that may call it, such as `CITIZEN`";
            self.report(
                "HOST-0008",
                &format!("{field}.roles"),
                &operation.name,
                message.to_owned(),
            );
        }
    }

    fn notices(&mut self) {
        let manifest = self.manifest;
        for (notice_idx, notice) in manifest.notices.iter().enumerate() {
            let field = format!("notice[{notice_idx}]");
            self.kinds(
                &format!("{field}.record"),
                notice.record.iter().map(String::as_str),
            );
            let fields = names(&notice.fields, |it| &it.name);
            self.unique(&format!("{field}.fields"), "name", fields);
            let needs_record =
                notice.audience.contains(&Audience::Party) || !notice.fields.is_empty();
            if needs_record && notice.record.is_none() {
                self.report(
                    "HOST-0008",
                    &format!("{field}.record"),
                    &notice.code,
                    "expected the kind of record whose parties are told or whose fields are shown"
                        .to_owned(),
                );
            }
        }
    }

    fn documents(&mut self) {
        let manifest = self.manifest;
        for (document_idx, document) in manifest.documents.iter().enumerate() {
            let field = format!("document[{document_idx}]");
            let record = std::iter::once(document.record.as_str());
            self.kinds(&format!("{field}.record"), record);
            self.roles(&format!("{field}.roles"), &document.roles);
            if document.roles.is_empty() && !document.party {
                let message = "expected roles that may read it, or `party = true`".to_owned();
                self.report(
                    "HOST-0008",
                    &format!("{field}.roles"),
                    &document.key,
                    message,
                );
            }
        }
    }

    fn records(&mut self) {
        for (record_idx, record) in self.manifest.records.iter().enumerate() {
            let field = format!("record[{record_idx}]");
            self.roles(&format!("{field}.read"), &record.read);
            for masked in &record.masked {
                self.roles(&format!("{field}.masked"), &masked.clear_for);
            }
        }
    }
}
