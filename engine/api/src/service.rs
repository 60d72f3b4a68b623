//! One request, whoever brought it: parse, bound, choose the schema of the principal, execute.
//!
//! The transports (`http`) know headers and frames and nothing of GraphQL; this module knows GraphQL and nothing of
//! transports.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_graphql::dynamic::Schema;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Response, ServerError, Value, Variables};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use tongban_runtime::engine::Handle;

use crate::answer_order::AnswerOrder;
use crate::auth::anonymous::Anonymous;
use crate::auth::principal::{Audience, Principal};
use crate::auth::token::{self, Refused, Verifier};
use crate::limit::{self, Cost, Limits, Refusal};
use crate::session::Session;

/// How long one query or mutation may take before its caller is told to come again.
const DEADLINE: Duration = Duration::from_secs(10);

/// Whoever asks without a token has asked too often.
pub(crate) const TOO_MANY_REQUESTS: &str = "TOO_MANY_REQUESTS";

/// The composed schemas, one for each audience, swapped as a whole when a plugin is activated.
pub struct Schemas {
    worker: Schema,
    public: Schema,
    staff: Schema,
    admin: Schema,
}

impl Schemas {
    /// The schemas in the order of [`Audience::ALL`].
    pub fn new([worker, public, staff, admin]: [Schema; 4]) -> Self {
        Self {
            worker,
            public,
            staff,
            admin,
        }
    }

    /// The schema that `audience` is shown.
    pub fn of(&self, audience: Audience) -> &Schema {
        match audience {
            Audience::Worker => &self.worker,
            Audience::Public => &self.public,
            Audience::Staff => &self.staff,
            Audience::Admin => &self.admin,
        }
    }
}

/// A GraphQL request as any transport reads it.
#[derive(Debug, Clone, Default)]
pub struct GraphQlRequest {
    /// The document.
    pub query: String,
    /// Which operation of the document is meant.
    pub operation_name: Option<String>,
    /// Values of its variables.
    pub variables: Variables,
}

/// Executes GraphQL over the engine.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Handle,
    schemas: ArcSwap<Schemas>,
    verifier: Verifier,
    /// Absent: nothing is answered without a token.
    anonymous: Option<Anonymous>,
    limits: Limits,
    /// Documents that were refused before anything was executed, by code.
    refusals: Family<RefusalLabels, Counter>,
}

/// Why a document was refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    code: &'static str,
}

/// A document that passed the limits.
pub(crate) struct Checked {
    document: ExecutableDocument,
    request: GraphQlRequest,
    order: AnswerOrder,
    pub(crate) cost: Cost,
}

impl Service {
    /// A service over `engine` that shows `schemas` to principals which `verifier` or `anonymous` accepts.
    pub fn new(
        engine: Handle,
        schemas: Schemas,
        (verifier, anonymous): (Verifier, Option<Anonymous>),
        limits: Limits,
    ) -> Self {
        let schemas = ArcSwap::from_pointee(schemas);
        Self {
            inner: Arc::new(Inner {
                engine,
                schemas,
                verifier,
                anonymous,
                limits,
                refusals: Family::default(),
            }),
        }
    }

    /// Makes what the API counts known to a registry.
    pub fn register_metrics(&self, registry: &mut Registry) {
        registry.register(
            "tongban_graphql_refusals",
            "Documents refused for their syntax, size or cost before anything was executed, by code",
            self.inner.refusals.clone(),
        );
    }

    fn count_refusal(&self, code: &'static str) {
        self.inner
            .refusals
            .get_or_create(&RefusalLabels { code })
            .inc();
    }

    /// Shows other schemas from the next request on; running requests end on the old ones.
    pub fn replace_schemas(&self, schemas: Schemas) {
        self.inner.schemas.store(Arc::new(schemas));
    }

    /// The bounds in force.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The principal behind the value of an `Authorization` header; nobody if there is none.
    pub fn authenticate(&self, header: Option<&str>) -> Result<Option<Arc<Principal>>, Refused> {
        let Some(header) = header else {
            return Ok(None);
        };
        let (scheme, token) = header.split_once(' ').ok_or(Refused::Invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refused::Invalid);
        }
        self.inner.verifier.verify(token.trim()).map(Some)
    }

    /// The principal of a request without a token, if such are answered, else how long it has to wait.
    pub(crate) fn admit_anonymous(
        &self,
        peer: Option<IpAddr>,
        forwarded: Option<&str>,
    ) -> Result<Option<Arc<Principal>>, Duration> {
        let Some(anonymous) = &self.inner.anonymous else {
            return Ok(None);
        };
        let admitted = anonymous.admit(peer, forwarded);
        if admitted.is_err() {
            self.count_refusal(TOO_MANY_REQUESTS);
        }
        admitted.map(Some)
    }

    /// Parses and bounds `request`.
    pub(crate) fn check(&self, request: GraphQlRequest) -> Result<Checked, Box<Response>> {
        let document = async_graphql::parser::parse_query(&request.query).map_err(|error| {
            self.count_refusal("SYNTAX");
            Box::new(Response::from_errors(vec![error.into()]))
        })?;
        let cost = limit::check(
            &document,
            request.operation_name.as_deref(),
            &request.variables,
            &self.inner.limits,
        )
        .map_err(|it| {
            self.count_refusal(it.code);
            Box::new(refusal(&it))
        })?;
        let operation = limit::operation(&document, request.operation_name.as_deref());
        let order = operation
            .map(|it| AnswerOrder::of(&document, it))
            .unwrap_or_default();
        Ok(Checked {
            document,
            request,
            order,
            cost,
        })
    }

    /// Executes a query or mutation.
    pub(crate) async fn execute(
        &self,
        mut checked: Checked,
        principal: Option<Arc<Principal>>,
    ) -> Response {
        let cost = checked.cost;
        let order = std::mem::take(&mut checked.order);
        let (schema, request) = self.prepare(checked, principal);
        match tokio::time::timeout(DEADLINE, schema.execute(request)).await {
            Ok(mut response) => {
                order.apply(&mut response.data);
                response.extension("cost", Value::from(cost.objects))
            }
            Err(_) => refusal(&Refusal::new(
                "DEADLINE_EXCEEDED",
                "the request took too long; a mutation may still take effect, repeat it with the same idempotencyKey",
            )),
        }
    }

    /// Executes a subscription; it ends when the principal's token does.
    pub(crate) fn subscribe(
        &self,
        mut checked: Checked,
        principal: Option<Arc<Principal>>,
    ) -> BoxStream<'static, Response> {
        let order = std::mem::take(&mut checked.order);
        let (schema, request) = self.prepare(checked, principal.clone());
        let valid = move || principal.as_ref().is_none_or(|it| token::still_valid(it));
        schema
            .execute_stream(request)
            .take_while(move |_| std::future::ready(valid()))
            .map(move |mut response| {
                order.apply(&mut response.data);
                response
            })
            .boxed()
    }

    fn prepare(&self, checked: Checked, principal: Option<Arc<Principal>>) -> (Schema, Request) {
        let audience = principal
            .as_ref()
            .map_or(Audience::Public, |it| it.audience());
        let schema = self.inner.schemas.load().of(audience).clone();
        let session = Session::new(self.inner.engine.clone(), principal);
        let mut request = Request::new(checked.request.query)
            .variables(checked.request.variables)
            .data(session);
        if let Some(name) = checked.request.operation_name {
            request = request.operation_name(name);
        }
        request.set_parsed_query(checked.document);
        (schema, request)
    }
}

/// A response that says why a request was not executed.
pub(crate) fn refusal(refusal: &Refusal) -> Response {
    let mut error = ServerError::new(&refusal.message, None);
    let mut extensions = async_graphql::ErrorExtensionValues::default();
    extensions.set("code", refusal.code);
    error.extensions = Some(extensions);
    Response::from_errors(vec![error])
}

/// A stream that answers once.
pub(crate) fn once(response: Response) -> BoxStream<'static, Response> {
    stream::once(std::future::ready(response)).boxed()
}
