//! The one schema, composed of the core and of every plugin's types: the list of everything in it.

use async_graphql::dynamic::Schema;
use tongban_runtime::catalogue::Catalogue;

use crate::auth::principal::Audience;
use crate::builder::{Builder, ComposeError, RightsRow};
use crate::compose::json_schema::Types;
use crate::service::Schemas;
use crate::{
    clock, connection, deployment, history, incident, message, node, operation, plugin,
    process_definition, process_instance, record, user_error, user_task, viewer,
};

/// The schemas of all audiences.
pub fn compose(catalogue: &Catalogue) -> Result<Schemas, ComposeError> {
    let [public, staff, admin] = Audience::ALL.map(|it| compose_for(catalogue, it));
    Ok(Schemas::new([public?.0, staff?.0, admin?.0]))
}

/// The schema of one audience, with the rights table.
pub fn compose_for(
    catalogue: &Catalogue,
    audience: Audience,
) -> Result<(Schema, Vec<RightsRow>), ComposeError> {
    let mut builder = Builder::new(audience);
    node::register(&mut builder)?;
    connection::register_page_info(&mut builder)?;
    user_error::register(&mut builder)?;
    viewer::register(&mut builder)?;
    clock::object::register(&mut builder)?;
    clock::mutation::register(&mut builder)?;
    deployment::register(&mut builder)?;
    process_definition::register(&mut builder)?;
    process_instance::object::register(&mut builder)?;
    process_instance::query::register(&mut builder)?;
    process_instance::mutation::register(&mut builder)?;
    history::register(&mut builder)?;
    user_task::object::register(&mut builder)?;
    user_task::query::register(&mut builder)?;
    user_task::mutation::register(&mut builder)?;
    user_task::subscription::register(&mut builder)?;
    incident::object::register(&mut builder)?;
    incident::query::register(&mut builder)?;
    incident::mutation::register(&mut builder)?;
    message::register(&mut builder)?;
    plugin::register(&mut builder)?;
    for plugin in catalogue.plugins.values() {
        builder.set_origin(&plugin.name);
        let mut types = Types::new();
        record::register(&mut builder, plugin, &mut types)?;
        operation::register(&mut builder, plugin, &mut types)?;
    }
    Ok(builder.finish()?)
}
