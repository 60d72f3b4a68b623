//! The versions of the WIT contract that this host speaks, one adapter each.
//!
//! An adapter converts by hand between its generated types and the host's own; it decides
//! nothing. `Raw` is what a guest answered, before any check.

pub(crate) mod v0_1;

use wasmtime::component::Component;
use wasmtime::{Engine, Store};

use crate::call::{Envelope, RecordReference, SendNotice, StoredRecord, Violation};
use crate::session::Session;

/// Every supported version.
pub const VERSIONS: &[&str] = &["0.1.0"];

/// A component linked with the imports of its contract version, ready to be instantiated.
pub(crate) enum Bound {
    V0_1(v0_1::Bound),
}

impl Bound {
    pub(crate) fn new(
        engine: &Engine,
        version: &str,
        component: &Component,
    ) -> wasmtime::Result<Self> {
        match version {
            "0.1.0" => Ok(Self::V0_1(v0_1::Bound::new(engine, component)?)),
            other => Err(wasmtime::Error::msg(format!(
                "no adapter for contract version {other}"
            ))),
        }
    }

    /// Runs one operation in a fresh instance of the store.
    pub(crate) fn handle(
        &self,
        store: &mut Store<Session>,
        call: &RawCall<'_>,
    ) -> wasmtime::Result<Raw> {
        match self {
            Self::V0_1(bound) => bound.handle(store, call),
        }
    }
}

/// What a contract version lets a component import, and what it must export.
pub(crate) struct Surface {
    pub(crate) imports: &'static [&'static str],
    pub(crate) export: &'static str,
}

/// The surface of a supported version.
pub(crate) fn surface(version: &str) -> Option<Surface> {
    (version == "0.1.0").then_some(v0_1::SURFACE)
}

/// What goes into the guest.
pub(crate) struct RawCall<'c> {
    pub(crate) operation: &'c str,
    pub(crate) envelope: &'c Envelope,
    pub(crate) configuration: Vec<u8>,
    pub(crate) input: Vec<u8>,
    pub(crate) snapshot: Vec<(String, Option<StoredRecord>)>,
}

/// What the guest answered.
pub(crate) enum Raw {
    Completion {
        output: Vec<u8>,
        writes: Vec<RawWrite>,
        warnings: Vec<Violation>,
    },
    Business {
        code: String,
        arguments: Vec<(String, String)>,
        details: Vec<u8>,
    },
    Invalid(Vec<Violation>),
    Retry {
        after_ms: u64,
        reason: String,
    },
    Failed(String),
}

/// A write as the guest put it.
pub(crate) enum RawWrite {
    PutRecord {
        kind: String,
        id: Option<String>,
        expected_version: Option<u64>,
        body: Vec<u8>,
    },
    RemoveRecord {
        kind: String,
        id: String,
        expected_version: u64,
        reason: String,
    },
    StartProcess {
        process_key: String,
        business_key: Option<String>,
        variables: Vec<u8>,
    },
    PublishMessage {
        name: String,
        correlation_key: String,
        variables: Vec<u8>,
    },
    NoteAudit {
        code: String,
        text: String,
    },
    Deadline {
        key: String,
        record_id: String,
        change: RawDeadlineChange,
    },
    SendNotice(SendNotice),
    IssueDocument {
        document: String,
        record: RecordReference,
        recipient: Option<String>,
        data: Vec<u8>,
        dedupe_key: Option<String>,
    },
}

/// What the guest wants to become of a deadline.
pub(crate) enum RawDeadlineChange {
    Set {
        anchor: RawDate,
        amount: Option<u32>,
    },
    Pause {
        on: RawDate,
        reason: String,
    },
    Resume {
        on: RawDate,
    },
    ExtendBy {
        amount: u32,
        officer: String,
        reason: String,
    },
    ExtendUntil {
        until: RawDate,
        officer: String,
        reason: String,
    },
    Close {
        reason: String,
    },
}

/// A date that may not exist.
pub(crate) type RawDate = (i32, u8, u8);
