//! Relay connections with keyset cursors.

use async_graphql::Value;
use async_graphql::dynamic::{Field, FieldFuture, FieldValue, Object, TypeRef};

use crate::builder::{Builder, NameClash, leaf};

/// One page of rows with the cursor of each.
pub(crate) struct Connection<T> {
    pub(crate) rows: Vec<Row<T>>,
    pub(crate) has_next_page: bool,
}

/// One row of a page.
#[derive(Clone)]
pub(crate) struct Row<T> {
    pub(crate) cursor: String,
    pub(crate) node: T,
}

/// Turns a row into the value of its GraphQL type.
pub(crate) type IntoNode<T> = fn(&T) -> FieldValue<'static>;

/// Registers `PageInfo`, once.
pub(crate) fn register_page_info(builder: &mut Builder) -> Result<(), NameClash> {
    let text = |it: &Option<String>| it.as_deref().map(Value::from);
    let page_info = Object::new("PageInfo")
        .description("Where a page lies in its list.")
        .field(leaf(
            "hasNextPage",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether rows follow.",
            |it: &PageInfo, _| Some(Value::from(it.has_next_page)),
        ))
        .field(leaf(
            "hasPreviousPage",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Always false: lists are read forwards.",
            |_: &PageInfo, _| Some(Value::from(false)),
        ))
        .field(leaf(
            "startCursor",
            TypeRef::named(TypeRef::STRING),
            "Cursor of the first row.",
            move |it: &PageInfo, _| text(&it.start_cursor),
        ))
        .field(leaf(
            "endCursor",
            TypeRef::named(TypeRef::STRING),
            "Cursor of the last row, for `after`.",
            move |it: &PageInfo, _| text(&it.end_cursor),
        ));
    builder.register(page_info)
}

struct PageInfo {
    has_next_page: bool,
    start_cursor: Option<String>,
    end_cursor: Option<String>,
}

/// Registers `<T>Connection` and `<T>Edge`.
pub(crate) fn register<T>(
    builder: &mut Builder,
    type_name: &str,
    into_node: IntoNode<T>,
) -> Result<(), NameClash>
where
    T: Clone + Send + Sync + 'static,
{
    let edge = Object::new(format!("{type_name}Edge"))
        .description(format!("A {type_name} with its cursor."))
        .field(leaf(
            "cursor",
            TypeRef::named_nn(TypeRef::STRING),
            "Opaque place in the list.",
            |it: &Row<T>, _| Some(Value::from(it.cursor.as_str())),
        ))
        .field(list_item(type_name, into_node));
    builder.register(edge)?;
    let connection = Object::new(format!("{type_name}Connection"))
        .description(format!("A page of {type_name}."))
        .field(
            Field::new(
                "edges",
                TypeRef::named_nn_list_nn(format!("{type_name}Edge")),
                |ctx| {
                    let rows = ctx
                        .parent_value
                        .try_downcast_ref::<Connection<T>>()
                        .map(|it| {
                            FieldValue::list(
                                it.rows.iter().map(|row| FieldValue::owned_any(row.clone())),
                            )
                        });
                    FieldFuture::new(std::future::ready(rows.map(Some)))
                },
            )
            .description("The rows with their cursors."),
        )
        .field(
            Field::new("nodes", TypeRef::named_nn_list_nn(type_name), move |ctx| {
                let rows = ctx
                    .parent_value
                    .try_downcast_ref::<Connection<T>>()
                    .map(|it| FieldValue::list(it.rows.iter().map(|row| into_node(&row.node))));
                FieldFuture::new(std::future::ready(rows.map(Some)))
            })
            .description("The rows."),
        )
        .field(
            Field::new("pageInfo", TypeRef::named_nn("PageInfo"), |ctx| {
                let info = ctx
                    .parent_value
                    .try_downcast_ref::<Connection<T>>()
                    .map(|it| {
                        FieldValue::owned_any(PageInfo {
                            has_next_page: it.has_next_page,
                            start_cursor: it.rows.first().map(|row| row.cursor.clone()),
                            end_cursor: it.rows.last().map(|row| row.cursor.clone()),
                        })
                    });
                FieldFuture::new(std::future::ready(info.map(Some)))
            })
            .description("Where the page lies."),
        );
    builder.register(connection)
}

fn list_item<T: Send + Sync + 'static>(type_name: &str, into_node: IntoNode<T>) -> Field {
    Field::new("node", TypeRef::named_nn(type_name), move |ctx| {
        let row = ctx
            .parent_value
            .try_downcast_ref::<Row<T>>()
            .map(|it| Some(into_node(&it.node)));
        FieldFuture::new(std::future::ready(row))
    })
    .description("The row.")
}
