//! The one schema, composed of the core and of every plugin's types: the list of everything in it.

use async_graphql::dynamic::Schema;
use tongban_runtime::catalogue::Catalogue;

use crate::auth::principal::Audience;
use crate::builder::{Builder, ComposeError, RightsRow};
use crate::compose::json_schema::Types;
use crate::service::Schemas;
use crate::{
    ad_hoc_sub_process, batch, calendar, clock, configuration_item, connection, deadline,
    decision_definition, deployment, history, incident, job, message, node, notice, operation,
    parameter, plugin, process_definition, process_instance, record, resource, schedule, scheduler,
    signal, time_event, user_error, user_task, viewer,
};

/// The schemas of all audiences.
pub fn compose(catalogue: &Catalogue) -> Result<Schemas, ComposeError> {
    let [worker, public, staff, admin] = Audience::ALL.map(|it| compose_for(catalogue, it));
    Ok(Schemas::new([worker?.0, public?.0, staff?.0, admin?.0]))
}

/// The schema of one audience, with the rights table.
pub fn compose_for(
    catalogue: &Catalogue,
    audience: Audience,
) -> Result<(Schema, Vec<RightsRow>), ComposeError> {
    let mut builder = Builder::new(audience);
    if audience == Audience::Worker {
        return compose_for_workers(builder);
    }
    node::register(&mut builder)?;
    connection::register_page_info(&mut builder)?;
    user_error::register(&mut builder)?;
    viewer::register(&mut builder)?;
    clock::object::register(&mut builder)?;
    clock::mutation::register(&mut builder)?;
    calendar::object::register(&mut builder)?;
    calendar::query::register(&mut builder)?;
    calendar::mutation::register(&mut builder)?;
    deadline::object::register(&mut builder)?;
    deadline::query::register(&mut builder)?;
    deployment::register(&mut builder)?;
    resource::register(&mut builder)?;
    process_definition::register(&mut builder)?;
    process_instance::object::register(&mut builder)?;
    process_instance::query::register(&mut builder)?;
    process_instance::element_instance::register(&mut builder)?;
    process_instance::mutation::register(&mut builder)?;
    ad_hoc_sub_process::register(&mut builder)?;
    process_instance::operate::register(&mut builder)?;
    batch::object::register(&mut builder)?;
    batch::query::register(&mut builder)?;
    batch::mutation::register(&mut builder)?;
    batch::subscription::register(&mut builder)?;
    history::register(&mut builder)?;
    user_task::object::register(&mut builder)?;
    user_task::query::register(&mut builder)?;
    user_task::mutation::register(&mut builder)?;
    user_task::subscription::register(&mut builder)?;
    incident::object::register(&mut builder)?;
    incident::query::register(&mut builder)?;
    incident::mutation::register(&mut builder)?;
    job::query::register(&mut builder)?;
    job::mutation::register(&mut builder)?;
    job::subscription::register(&mut builder)?;
    notice::object::register(&mut builder)?;
    notice::query::register(&mut builder)?;
    notice::mutation::register(&mut builder)?;
    notice::subscription::register(&mut builder)?;
    if builder.shows(&configuration_item::right(catalogue)) {
        configuration_item::object::register(&mut builder)?;
        configuration_item::query::register(&mut builder, catalogue)?;
        configuration_item::mutation::register(&mut builder, catalogue)?;
        parameter::register(&mut builder)?;
        decision_definition::register(&mut builder)?;
    }
    message::register(&mut builder)?;
    signal::register(&mut builder)?;
    time_event::register(&mut builder)?;
    schedule::object::register(&mut builder)?;
    schedule::query::register(&mut builder)?;
    schedule::mutation::register(&mut builder)?;
    scheduler::register(&mut builder)?;
    plugin::register(&mut builder)?;
    for plugin in catalogue.plugins.values() {
        builder.set_origin(&plugin.name);
        let mut types = Types::new();
        record::register(&mut builder, plugin, &mut types)?;
        operation::register(&mut builder, plugin, &mut types)?;
    }
    Ok(builder.finish()?)
}

/// Programs are shown what has to do with jobs, and nothing else.
fn compose_for_workers(mut builder: Builder) -> Result<(Schema, Vec<RightsRow>), ComposeError> {
    user_error::register(&mut builder)?;
    viewer::register(&mut builder)?;
    job::mutation::register(&mut builder)?;
    job::subscription::register(&mut builder)?;
    Ok(builder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `TONGBAN_BLESS=1` writes the table anew; the rights of plugins stand in their manifests.
    #[test]
    fn the_rights_table_of_the_core_is_the_committed_one() {
        let (_, mut rows) = compose_for(&Catalogue::default(), Audience::Admin).unwrap();
        rows.sort();
        let lines = rows
            .iter()
            .map(|it| format!("{}\t{}\n", it.field, it.right));
        let table: String = std::iter::once("field\tright\n".to_owned())
            .chain(lines)
            .collect();
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../schemas/graphql/rights.tsv"
        );
        if std::env::var_os("TONGBAN_BLESS").is_some() {
            std::fs::write(path, &table).unwrap();
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), table);
    }

    #[test]
    fn the_core_composes_for_every_audience() {
        assert!(compose(&Catalogue::default()).is_ok());
    }
}
