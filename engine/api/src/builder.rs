//! Collects the fields and types of one schema.
//!
//! **Invariant:** a root field enters the schema only together with its right, which is checked before its
//! resolver runs.

use std::any::Any;
use std::collections::BTreeMap;

use async_graphql::dynamic::{
    Field, FieldFuture, FieldValue, InputValue, Object, ResolverContext, Schema, SchemaBuilder,
    SchemaError, Subscription, SubscriptionField, SubscriptionFieldFuture, Type, TypeRef,
};
use async_graphql::{Error, Value};
use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

use crate::auth::principal::Audience;
use crate::auth::right::Right;
use crate::scalar;
use crate::session::Session;

/// What a root field's resolver gives.
pub(crate) type Resolved<'a> = BoxFuture<'a, Result<Option<FieldValue<'a>>, Error>>;
/// What a subscription's resolver gives; the stream outlives the request, so it owns what it needs.
pub(crate) type Streamed<'a> =
    BoxFuture<'a, Result<BoxStream<'static, Result<FieldValue<'static>, Error>>, Error>>;

/// Two definitions of one GraphQL name that differ.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("GraphQL name {name} is defined twice, by {first} and by {second}")]
pub struct NameClash {
    /// The name.
    pub name: String,
    /// Who defined it first.
    pub first: String,
    /// Who defined it again.
    pub second: String,
}

/// A schema that could not be composed.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// Two definitions of one name.
    #[error(transparent)]
    NameClash(#[from] NameClash),
    /// The types do not fit together.
    #[error("the composed schema is not valid: {0}")]
    Schema(#[from] SchemaError),
}

/// One entry of the rights table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RightsRow {
    /// `Query`, `Mutation` or `Subscription`, and the field.
    pub field: String,
    /// Who may use it.
    pub right: String,
}

pub(crate) struct Builder {
    audience: Audience,
    query: Object,
    mutation: Object,
    subscription: Subscription,
    n_subscriptions: usize,
    n_mutations: usize,
    types: Vec<Type>,
    /// Who defined each type and root field.
    names: BTreeMap<String, String>,
    rights: Vec<RightsRow>,
    origin: String,
}

impl Builder {
    pub(crate) fn new(audience: Audience) -> Self {
        Self {
            audience,
            query: Object::new("Query").description("What can be read."),
            mutation: Object::new("Mutation")
                .description("What can be done. Each input carries an idempotencyKey: repeat a mutation with the same key and the same input, and it answers again without acting again."),
            subscription: Subscription::new("Subscription").description("What can be followed."),
            n_subscriptions: 0,
            n_mutations: 0,
            types: Vec::new(),
            names: BTreeMap::new(),
            rights: Vec::new(),
            origin: "tongban".to_owned(),
        }
    }

    /// Names who defines what follows, for clashes.
    pub(crate) fn set_origin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
    }

    /// Whether fields of `right` are shown in this schema.
    pub(crate) fn shows(&self, right: &Right) -> bool {
        right.is_shown_to(self.audience)
    }

    pub(crate) fn define(&mut self, name: &str) -> Result<(), NameClash> {
        if let Some(first) = self.names.get(name) {
            return Err(NameClash {
                name: name.to_owned(),
                first: first.clone(),
                second: self.origin.clone(),
            });
        }
        self.names.insert(name.to_owned(), self.origin.clone());
        Ok(())
    }

    /// Adds a type whose name must be new.
    pub(crate) fn register(&mut self, ty: impl Into<Type>) -> Result<(), NameClash> {
        let ty = ty.into();
        self.define(&name_of(&ty))?;
        self.types.push(ty);
        Ok(())
    }

    /// Adds a field of `Query`.
    pub(crate) fn query<F>(
        &mut self,
        right: Right,
        spec: RootField,
        resolve: F,
    ) -> Result<(), NameClash>
    where
        F: for<'a> Fn(ResolverContext<'a>) -> Resolved<'a> + Send + Sync + 'static,
    {
        if self.admit("Query", &spec, &right)? {
            let query = std::mem::replace(&mut self.query, Object::new("Query"));
            self.query = query.field(guarded(right, spec, resolve));
        }
        Ok(())
    }

    /// Adds a field of `Mutation`.
    pub(crate) fn mutation<F>(
        &mut self,
        right: Right,
        spec: RootField,
        resolve: F,
    ) -> Result<(), NameClash>
    where
        F: for<'a> Fn(ResolverContext<'a>) -> Resolved<'a> + Send + Sync + 'static,
    {
        if self.admit("Mutation", &spec, &right)? {
            self.n_mutations += 1;
            let mutation = std::mem::replace(&mut self.mutation, Object::new("Mutation"));
            self.mutation = mutation.field(guarded(right, spec, resolve));
        }
        Ok(())
    }

    /// Adds a field of `Subscription`.
    pub(crate) fn subscription<F>(
        &mut self,
        right: Right,
        spec: RootField,
        resolve: F,
    ) -> Result<(), NameClash>
    where
        F: for<'a> Fn(ResolverContext<'a>) -> Streamed<'a> + Send + Sync + 'static,
    {
        if !self.admit("Subscription", &spec, &right)? {
            return Ok(());
        }
        self.n_subscriptions += 1;
        let RootField {
            name,
            ty,
            description,
            arguments,
        } = spec;
        let mut field = SubscriptionField::new(name, ty, move |ctx| {
            let allowed = Session::of(&ctx).require(&right);
            let stream = allowed.is_ok().then(|| resolve(ctx));
            SubscriptionFieldFuture::new(async move {
                allowed?;
                let stream = stream.expect("an allowed field has a stream").await?;
                Ok::<_, Error>(stream.map(|it| it.map(shortened)))
            })
        })
        .description(description);
        for argument in arguments {
            field = field.argument(argument);
        }
        let subscription =
            std::mem::replace(&mut self.subscription, Subscription::new("Subscription"));
        self.subscription = subscription.field(field);
        Ok(())
    }

    fn admit(&mut self, root: &str, spec: &RootField, right: &Right) -> Result<bool, NameClash> {
        let field = format!("{root}.{}", spec.name);
        self.define(&field)?;
        self.rights.push(RightsRow {
            field,
            right: right.text(),
        });
        Ok(self.shows(right))
    }

    /// The schema, and the rights table of all fields, those that this audience is not shown included.
    pub(crate) fn finish(self) -> Result<(Schema, Vec<RightsRow>), SchemaError> {
        let mutation = (self.n_mutations > 0).then_some("Mutation");
        let subscription = (self.n_subscriptions > 0).then_some("Subscription");
        let mut schema: SchemaBuilder = Schema::build("Query", mutation, subscription)
            .limit_recursive_depth(32)
            .register(self.query);
        if mutation.is_some() {
            schema = schema.register(self.mutation);
        }
        if subscription.is_some() {
            schema = schema.register(self.subscription);
        }
        for scalar in scalar::all() {
            schema = schema.register(scalar);
        }
        for ty in self.types {
            schema = schema.register(ty);
        }
        if self.audience == Audience::Public {
            schema = schema.disable_suggestions();
        }
        let mut rights = self.rights;
        rights.sort();
        Ok((schema.finish()?, rights))
    }
}

/// A value that owns what it shows lives as long as it has to.
fn shortened<'a>(value: FieldValue<'static>) -> FieldValue<'a> {
    value
}

/// The name of a type of any kind.
fn name_of(ty: &Type) -> String {
    match ty {
        Type::Scalar(it) => it.type_name().to_owned(),
        Type::Object(it) => it.type_name().to_owned(),
        Type::InputObject(it) => it.type_name().to_owned(),
        Type::Enum(it) => it.type_name().to_owned(),
        Type::Interface(it) => it.type_name().to_owned(),
        Type::Union(it) => it.type_name().to_owned(),
        Type::Subscription(it) => it.type_name().to_owned(),
        Type::Upload => "Upload".to_owned(),
    }
}

/// Name, type, description and arguments of a root field.
pub(crate) struct RootField {
    pub(crate) name: String,
    pub(crate) ty: TypeRef,
    pub(crate) description: String,
    pub(crate) arguments: Vec<InputValue>,
}

impl RootField {
    pub(crate) fn new(name: &str, ty: TypeRef, description: &str) -> Self {
        let description = description.to_owned();
        Self {
            name: name.to_owned(),
            ty,
            description,
            arguments: Vec::new(),
        }
    }

    /// A mutation with one non-null `input` of `<Name>Input`, answering `<Name>Payload`.
    pub(crate) fn mutation(name: &str, description: &str) -> Self {
        let type_name = pascal(name);
        let input = InputValue::new("input", TypeRef::named_nn(format!("{type_name}Input")))
            .description("What to do.");
        Self::new(
            name,
            TypeRef::named_nn(format!("{type_name}Payload")),
            description,
        )
        .argument(input)
    }

    pub(crate) fn argument(mut self, argument: InputValue) -> Self {
        self.arguments.push(argument);
        self
    }
}

/// `claimUserTask` to `ClaimUserTask`.
pub(crate) fn pascal(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

fn guarded<F>(right: Right, spec: RootField, resolve: F) -> Field
where
    F: for<'a> Fn(ResolverContext<'a>) -> Resolved<'a> + Send + Sync + 'static,
{
    let RootField {
        name,
        ty,
        description,
        arguments,
    } = spec;
    let field = Field::new(name, ty, move |ctx| {
        match Session::of(&ctx).require(&right) {
            Ok(()) => FieldFuture::Future(resolve(ctx)),
            Err(error) => FieldFuture::new(async move { Err::<Option<FieldValue<'_>>, _>(error) }),
        }
    });
    arguments
        .into_iter()
        .fold(field.description(description), Field::argument)
}

/// A field read off its parent, which is a `T`.
pub(crate) fn leaf<T, F>(name: &str, ty: TypeRef, description: &str, read: F) -> Field
where
    T: Any + Send + Sync,
    F: Fn(&T, &Session) -> Option<Value> + Send + Sync + 'static,
{
    Field::new(name, ty, move |ctx| {
        match ctx.parent_value.try_downcast_ref::<T>() {
            Ok(parent) => FieldFuture::from_value(read(parent, Session::of(&ctx))),
            Err(error) => FieldFuture::new(async move { Err::<Option<FieldValue<'_>>, _>(error) }),
        }
    })
    .description(description)
}

/// A field that has to ask the database, with its parent, which is a `T`.
pub(crate) fn node<T, F>(name: &str, ty: TypeRef, description: &str, resolve: F) -> Field
where
    T: Any + Send + Sync,
    F: for<'a> Fn(&'a T, ResolverContext<'a>) -> Resolved<'a> + Send + Sync + 'static,
{
    Field::new(name, ty, move |ctx| {
        match ctx.parent_value.try_downcast_ref::<T>() {
            Ok(parent) => FieldFuture::Future(resolve(parent, ctx)),
            Err(error) => FieldFuture::new(async move { Err::<Option<FieldValue<'_>>, _>(error) }),
        }
    })
    .description(description)
}
