//! A loaded plugin: its component compiled and linked, its schemas compiled, its grants
//! prepared. [`Plugin::call`] runs one operation in a fresh instance.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use wasmtime::component::Component;
use wasmtime::{PoolConcurrencyLimitError, Store, UpdateDeadline};

use crate::call::{Date, Envelope, Failure, Outcome, Request, StoredRecord, Violation, in_force};
use crate::capability::{Capabilities, Unavailable};
use crate::contract::{Bound, RawCall};
use crate::grant::{Declared, OperationGrant, RecordGrant};
use crate::limit::Limits;
use crate::manifest::{self, AsOf, Assertion, Manifest, Parameter, Text};
use crate::message::{Message, Messages};
use crate::package::Package;
use crate::pool::{Machine, TICK};
use crate::schema::Schema;
use crate::session::{Refusal, Session};
use crate::trap::{Kind, Trap, classify};
use crate::{answer, code, name};

/// A plugin ready to be called, from any thread.
pub struct Plugin {
    manifest: Manifest,
    messages: Messages,
    schemas: BTreeMap<String, Arc<Schema>>,
    operations: BTreeMap<String, Arc<OperationGrant>>,
    limits: Limits,
    digest: String,
    /// Processes, decisions, forms and fixtures as the package has them, by path.
    originals: BTreeMap<String, Arc<[u8]>>,
    bound: Bound,
    machine: Arc<Machine>,
}

type Snapshot = Vec<(String, Option<StoredRecord>)>;

/// Inputs that a decision must answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// For people.
    pub name: String,
    /// The inputs by name.
    pub inputs: serde_json::Map<String, Value>,
    /// The one answer that is right, if there is one.
    #[serde(default)]
    pub expect: Option<Value>,
    /// FEEL over the inputs and `result` that must be true.
    #[serde(default)]
    pub assert: Option<String>,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plugin = &self.manifest.plugin;
        write!(
            formatter,
            "Plugin({} {} {})",
            plugin.name, plugin.version, self.digest
        )
    }
}

impl Plugin {
    pub(crate) fn new(
        package: &Package,
        machine: Arc<Machine>,
        limits: Limits,
        component: &Component,
    ) -> wasmtime::Result<Self> {
        let manifest = package.manifest().clone();
        let bound = Bound::new(&machine.engine, &manifest.plugin.contract, component)?;
        let paths = manifest.records.iter().map(|it| &it.schema).chain(
            manifest
                .operations
                .iter()
                .flat_map(|it| [&it.input, &it.output]),
        );
        let paths = paths.chain(
            manifest
                .parameters
                .iter()
                .filter_map(|it| it.schema.as_ref()),
        );
        let schemas: BTreeMap<String, Arc<Schema>> = paths
            .filter_map(|path| Some((path.clone(), Arc::clone(package.schema(path)?))))
            .collect();
        let operations = grants(&manifest, &schemas);
        Ok(Self {
            messages: package.messages().clone(),
            digest: package.digest(),
            originals: originals_of(package),
            limits: limits.lowered(manifest.limits),
            manifest,
            schemas,
            operations,
            bound,
            machine,
        })
    }

    /// What the plugin declares.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The digest of its package.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What one call may use.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The package's files of a folder such as `decisions/`, by path.
    pub fn originals<'p>(&'p self, folder: &'p str) -> impl Iterator<Item = (&'p str, &'p [u8])> {
        let files = self.originals.iter();
        let files = files.filter(move |(path, _)| path.starts_with(folder));
        files.map(|(path, content)| (path.as_str(), &**content))
    }

    /// The vectors of an assertion; none if it has none.
    pub fn vectors(&self, assertion: &Assertion) -> Vec<Vector> {
        let path = assertion.vectors.as_ref();
        let content = path.and_then(|it| self.originals.get(it));
        // The package was refused if they could not be read.
        content
            .and_then(|it| serde_json::from_slice(it).ok())
            .unwrap_or_default()
    }

    /// Whether a value has the type of a parameter.
    pub fn fits_type(parameter: &Parameter, value: &Value) -> bool {
        manifest::fits(parameter.r#type, value)
    }

    /// The compiled schema at a path of the manifest.
    pub fn schema(&self, path: &str) -> Option<&Arc<Schema>> {
        self.schemas.get(path)
    }

    /// The message of a code of the plugin's catalogues.
    pub fn message(&self, code: &str) -> Option<&Message> {
        self.messages.get(code)
    }

    /// The texts that a person reads for a code with its arguments: from the plugin's
    /// catalogues, else the host's own (`HOST-…`), else the code itself.
    pub fn text(&self, code: &str, arguments: &BTreeMap<String, String>) -> Text {
        if let Some(message) = self.messages.get(code) {
            return message.filled(arguments);
        }
        let (zh, en) = code::find(code).map_or((code, code), |text| (text.zh, text.en));
        let fill = |text| crate::message::fill(text, arguments);
        Text {
            zh: fill(zh),
            en: fill(en),
        }
    }

    /// A text of the manifest with arguments in their places.
    pub fn filled(text: &Text, arguments: &BTreeMap<String, String>) -> Text {
        Text {
            zh: crate::message::fill(&text.zh, arguments),
            en: crate::message::fill(&text.en, arguments),
        }
    }

    /// The same for a violation.
    pub fn violation_text(&self, violation: &Violation) -> Text {
        self.text(&violation.code, &violation.arguments)
    }

    /// Checks an input against the schema of an operation, without a call; nothing if there is
    /// no such operation.
    pub fn check_input(&self, operation: &str, input: &Value) -> Option<Vec<Violation>> {
        self.operations
            .get(operation)
            .map(|grant| grant.input.check(input))
    }

    /// Runs one operation.
    ///
    /// The capabilities are owned by the call while it runs, and always come back.
    pub fn call(&self, request: &Request, capabilities: Box<dyn Capabilities>) -> Outcome {
        let Some(grant) = self.operations.get(&request.operation) else {
            let text = format!(
                "plugin `{}` has no operation `{}`",
                self.manifest.plugin.name, request.operation
            );
            return refused(
                capabilities,
                Failure::Trap(Trap::new(Kind::NotGranted, text)),
            );
        };
        let input = match self.checked_input(grant, &request.input) {
            Ok(input) => input,
            Err(violations) => return refused(capabilities, Failure::Invalid(violations)),
        };
        let mut session = Session::new(
            capabilities,
            Arc::clone(grant),
            self.limits,
            request.envelope.now_us,
        );
        let snapshot = match session.snapshot(&request.input) {
            Ok(snapshot) => snapshot,
            Err(refusal) => {
                let failure = snapshot_failure(&mut session, refusal);
                return finish(session, Err(failure));
            }
        };
        let declared = self.manifest.operation(&request.operation);
        let on = as_of(
            declared.and_then(|it| it.as_of.as_ref()),
            request,
            &snapshot,
        );
        let raw_call = RawCall {
            operation: &request.operation,
            configuration: self.configuration(&request.envelope, on),
            envelope: &request.envelope,
            input,
            snapshot,
        };
        self.run(session, grant, &raw_call)
    }

    fn run(&self, mut session: Session, grant: &OperationGrant, call: &RawCall<'_>) -> Outcome {
        session.start_guest();
        let mut store = Store::new(&self.machine.engine, session);
        store.limiter(|session| &mut session.memory);
        let deadline = self.limits.deadline;
        store.set_epoch_deadline(ticks(deadline));
        store.epoch_deadline_callback(move |ctx| {
            let left = deadline.saturating_sub(ctx.data().deadline_time());
            Ok(if left.is_zero() {
                UpdateDeadline::Interrupt
            } else {
                UpdateDeadline::Continue(ticks(left))
            })
        });
        let fuelled = store.set_fuel(self.limits.fuel_max);
        let answered = fuelled.and_then(|()| self.bound.handle(&mut store, call));
        let fuel_left = store.get_fuel().unwrap_or(0);
        let mut session = store.into_data();
        session.stop_guest();
        session.usage.fuel = self.limits.fuel_max.saturating_sub(fuel_left);
        session.usage.memory_bytes_peak =
            u64::try_from(session.memory.bytes_peak).unwrap_or(u64::MAX);
        if let Some(unavailable) = session.unavailable.take() {
            return finish(session, Err(Failure::Unavailable(unavailable)));
        }
        let result = match (answered, session.breach.take()) {
            // What the plugin must not have done decides, whatever it answered after that.
            (_, Some(breach)) => Err(Failure::Trap(breach)),
            (Err(error), None) if error.is::<PoolConcurrencyLimitError>() => {
                Err(Failure::Unavailable(Unavailable(error.into())))
            }
            (Err(error), None) => Err(Failure::Trap(classify(&error, &session))),
            (Ok(raw), None) => {
                let (result, bytes) =
                    answer::check(grant, &self.limits, &call.envelope.call_id, raw);
                session.usage.output_bytes = bytes;
                result
            }
        };
        finish(session, result)
    }

    fn checked_input(
        &self,
        grant: &OperationGrant,
        input: &Value,
    ) -> Result<Vec<u8>, Vec<Violation>> {
        let violations = grant.input.check(input);
        if !violations.is_empty() {
            return Err(violations);
        }
        let bytes = input.to_string().into_bytes();
        let limit = self.limits.input_bytes_max;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
            let arguments = BTreeMap::from([("limit".to_owned(), limit.to_string())]);
            let code = "HOST-0208".to_owned();
            return Err(vec![Violation {
                path: String::new(),
                code,
                arguments,
            }]);
        }
        Ok(bytes)
    }

    /// Every declared parameter: as set for the date, else its default. What is not declared
    /// stays outside.
    fn configuration(&self, envelope: &Envelope, on: Date) -> Vec<u8> {
        let pairs = self.manifest.parameters.iter().map(|parameter| {
            let set = envelope.configuration.get(&parameter.key);
            let set = set.and_then(|versions| in_force(versions, on));
            (
                parameter.key.clone(),
                set.unwrap_or(&parameter.default).clone(),
            )
        });
        Value::Object(pairs.collect()).to_string().into_bytes()
    }
}

fn originals_of(package: &Package) -> BTreeMap<String, Arc<[u8]>> {
    let files = package
        .processes()
        .chain(package.decisions())
        .chain(package.forms())
        .chain(package.fixtures())
        .chain(package.documents());
    files
        .map(|(path, content)| (path.to_owned(), Arc::from(content)))
        .collect()
}

/// The date at the declared place; today where nothing stands there.
fn as_of(operation: Option<&AsOf>, request: &Request, snapshot: &Snapshot) -> Date {
    let text = match operation {
        None => None,
        Some(AsOf::Input(path)) => request
            .input
            .pointer(path)
            .and_then(Value::as_str)
            .map(str::to_owned),
        Some(AsOf::Snapshot { name, path }) => {
            let record = snapshot.iter().find(|(it, _)| it == name);
            let body = record.and_then(|(_, record)| {
                serde_json::from_slice::<Value>(&record.as_ref()?.body).ok()
            });
            body.and_then(|it| it.pointer(path)?.as_str().map(str::to_owned))
        }
    };
    let date = text.as_deref().map(|it| it.get(..10).unwrap_or(it));
    date.and_then(name::parse_date)
        .unwrap_or(request.envelope.today)
}

fn grants(
    manifest: &Manifest,
    schemas: &BTreeMap<String, Arc<Schema>>,
) -> BTreeMap<String, Arc<OperationGrant>> {
    let of_record = |record: &crate::manifest::RecordKind| {
        let grant = RecordGrant {
            schema: Arc::clone(schemas.get(&record.schema)?),
            schema_version: record.schema_version,
            filters: record
                .filters
                .iter()
                .map(|it| (it.name.clone(), it.r#type))
                .collect(),
        };
        Some((record.kind.clone(), Arc::new(grant)))
    };
    let records: BTreeMap<String, Arc<RecordGrant>> =
        manifest.records.iter().filter_map(of_record).collect();
    let of_operation = |operation: &crate::manifest::Operation| {
        let input = Arc::clone(schemas.get(&operation.input)?);
        let output = Arc::clone(schemas.get(&operation.output)?);
        let grant = OperationGrant::new(
            operation,
            (input, output),
            &records,
            &Declared {
                series: &manifest.number_series,
                deadlines: &manifest.deadlines,
                notices: &manifest.notices,
                documents: &manifest.documents,
            },
        );
        Some((operation.name.clone(), Arc::new(grant)))
    };
    manifest
        .operations
        .iter()
        .filter_map(of_operation)
        .collect()
}

/// One tick more, since the first one may come at once.
fn ticks(time: std::time::Duration) -> u64 {
    let ticks = time.as_millis().div_ceil(TICK.as_millis());
    u64::try_from(ticks)
        .unwrap_or(u64::MAX / 2)
        .saturating_add(1)
}

fn snapshot_failure(session: &mut Session, refusal: Refusal) -> Failure {
    match (session.unavailable.take(), session.breach.take(), refusal) {
        (Some(unavailable), _, _) => Failure::Unavailable(unavailable),
        (None, Some(breach), _) => Failure::Trap(breach),
        (
            None,
            None,
            Refusal::NotGranted(text)
            | Refusal::Budget(text)
            | Refusal::BadQuery(text)
            | Refusal::Exhausted(text)
            | Refusal::Undecided(text),
        ) => Failure::Trap(Trap::new(Kind::Budget, text)),
        (None, None, Refusal::Stop) => {
            Failure::Trap(Trap::new(Kind::Budget, "the snapshot was stopped"))
        }
    }
}

fn refused(capabilities: Box<dyn Capabilities>, failure: Failure) -> Outcome {
    let usage = crate::call::Usage::default();
    Outcome {
        result: Err(failure),
        capabilities,
        usage,
        logs: Vec::new(),
    }
}

fn finish(session: Session, result: Result<crate::call::Completion, Failure>) -> Outcome {
    Outcome {
        result,
        capabilities: session.capabilities,
        usage: session.usage,
        logs: session.log.finish(),
    }
}
