//! `resolveIncident`.

use async_graphql::dynamic::TypeRef;
use tongban_runtime::command::{Command, IncidentId};

use super::{object, query};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar;
use crate::session::{Session, failure};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "resolveIncident";
    // Whatever implements Node is seen in a schema, so the types are left out where the field is.
    if builder.shows(&Right::Operator) {
        let fields = vec![
            input::id("incidentId", "The incident."),
            input::field(
                "variables",
                TypeRef::named(scalar::JSON),
                "Values in place of those that came with the trigger or end of the element and that it cannot take.",
            ),
            input::field(
                "reason",
                TypeRef::named(TypeRef::STRING),
                "Why, for the audit trail.",
            ),
        ];
        builder.register(input::object(NAME, "Which incident.", fields))?;
        let incident = loaded::<IncidentId, _>(
            "incident",
            TypeRef::named(object::TYPE),
            "The incident after the mutation.",
            |it, ctx| {
                let id = *it;
                Box::pin(async move { query::load(Session::of(&ctx), id).await })
            },
        );
        payload::register::<IncidentId>(builder, NAME, vec![incident])?;
    }
    let spec = RootField::mutation(
        NAME,
        "Tries again what an incident stopped; a new incident appears if it fails again.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let row_id = input::row_id(&input, "incidentId", object::TYPE)?;
            let incident = object::parse_row_id(&row_id).ok_or_else(|| {
                failure(
                    "BAD_USER_INPUT",
                    "expected incidentId to be the id of an Incident",
                )
            })?;
            let command = Command::ResolveIncident {
                incident,
                variables: input::variables(&input, "variables")?,
                reason: input::text(&input, "reason")?,
            };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| (incident, Vec::new())).into_field()
        })
    })
}
