//! The typed model: what a file says, before its parts are connected.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_feel::expression::Expression;

use crate::diagnostic::{At, Place};
use crate::element::{ElementType, Family};
use crate::graph::data_type::DataDeclaration;
use crate::graph::multi_instance::MultiInstance;
use crate::graph::standard_loop::StandardLoop;
use crate::graph::{ElementKind, Mapping};

pub(crate) mod correlation;
pub(crate) mod declaration;
pub(crate) mod item;
pub(crate) mod item_definition;
pub(crate) mod lane;

/// An executable process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) version_tag: Option<Arc<str>>,
    pub(crate) documentation: Option<Arc<str>>,
    /// The process itself is the first; a container precedes its contents.
    pub(crate) nodes: Vec<FlowNode>,
    pub(crate) flows: Vec<Flow>,
    pub(crate) lanes: lane::Lanes,
    /// Source and target of each association.
    pub(crate) associations: Vec<(String, String)>,
}

/// A node of a process, or the process itself.
#[derive(Debug)]
pub(crate) struct FlowNode {
    /// Empty if it is missing, which has been reported.
    pub(crate) id: Arc<str>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) place: Place,
    pub(crate) scope: Option<usize>,
    pub(crate) element: &'static ElementType,
    /// Complete but for references to other nodes; absent if something in it has been reported.
    pub(crate) kind: Option<ElementKind>,
    /// How often an activity is carried out, if more than once.
    pub(crate) multi_instance: Option<MultiInstance>,
    /// See `multi_instance`; an activity has one of them at most.
    pub(crate) standard_loop: Option<StandardLoop>,
    /// `isForCompensation` of an activity.
    pub(crate) is_for_compensation: bool,
    /// Whether it is a receive task that starts the process.
    pub(crate) instantiates: bool,
    /// Whether a boundary event leads to it by an association, filled by linking.
    pub(crate) is_handler: bool,
    /// The activities that undo what this one has done, filled by linking.
    pub(crate) compensation_handlers: Vec<usize>,
    /// `attachedToRef` of a boundary event.
    pub(crate) attached_to: Option<String>,
    /// `default` of a gateway or an activity.
    pub(crate) default: Option<String>,
    /// How many tokens it takes, and how many it leaves.
    pub(crate) quantities: (u32, u32),
    pub(crate) inputs: Vec<Mapping>,
    pub(crate) outputs: Vec<Mapping>,
    pub(crate) data: Vec<DataDeclaration>,
    pub(crate) properties: BTreeMap<Arc<str>, Arc<str>>,
    /// What `incoming` and `outgoing` children name.
    pub(crate) named_incoming: Vec<String>,
    /// See `named_incoming`.
    pub(crate) named_outgoing: Vec<String>,
    /// Positions in [`Process::flows`], filled by linking.
    pub(crate) incoming: Vec<usize>,
    /// See `incoming`.
    pub(crate) outgoing: Vec<usize>,
    /// The nodes directly within, filled by linking.
    pub(crate) contents: Vec<usize>,
    /// The boundary events attached here, filled by linking.
    pub(crate) boundary_events: Vec<usize>,
}

impl FlowNode {
    /// A node of which nothing but its place is known.
    pub(crate) fn new(
        id: Arc<str>,
        element: &'static ElementType,
        place: Place,
        scope: Option<usize>,
    ) -> FlowNode {
        FlowNode {
            id,
            name: None,
            place,
            scope,
            element,
            kind: None,
            multi_instance: None,
            standard_loop: None,
            is_for_compensation: false,
            instantiates: false,
            is_handler: false,
            compensation_handlers: Vec::new(),
            attached_to: None,
            default: None,
            quantities: (1, 1),
            inputs: Vec::new(),
            outputs: Vec::new(),
            data: Vec::new(),
            properties: BTreeMap::new(),
            named_incoming: Vec::new(),
            named_outgoing: Vec::new(),
            incoming: Vec::new(),
            outgoing: Vec::new(),
            contents: Vec::new(),
            boundary_events: Vec::new(),
        }
    }

    /// What it has in common with its like.
    pub(crate) fn family(&self) -> Family {
        self.element.family
    }

    pub(crate) fn at(&self) -> At<'_> {
        At {
            place: self.place,
            element_id: Some(&self.id).filter(|it| !it.is_empty()).map(|it| &**it),
        }
    }
}

/// A sequence flow.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) id: Arc<str>,
    pub(crate) name: Option<Arc<str>>,
    pub(crate) place: Place,
    pub(crate) source_ref: Option<String>,
    pub(crate) target_ref: Option<String>,
    /// Whether it has a condition at all, even a broken one.
    pub(crate) is_conditional: bool,
    pub(crate) condition: Option<Expression>,
    /// Filled by linking, if the reference holds.
    pub(crate) source: Option<usize>,
    /// See `source`.
    pub(crate) target: Option<usize>,
}

impl Flow {
    pub(crate) fn at(&self) -> At<'_> {
        At {
            place: self.place,
            element_id: Some(&self.id).filter(|it| !it.is_empty()).map(|it| &**it),
        }
    }
}
