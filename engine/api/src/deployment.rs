//! Deployments: new versions of processes, decisions and forms.

use async_graphql::Value;
use async_graphql::dynamic::{Field, FieldFuture, FieldValue, InputObject, Object, TypeRef};
use tongban_runtime::command::Command;
use tongban_runtime::outcome::{Deployed, DeployedDefinition, Done};

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::resource;
use crate::scalar;
use crate::session::Session;

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    register_types(builder)?;
    const NAME: &str = "deploy";
    let file = InputObject::new("ResourceInput")
        .description("A file of a deployment.")
        .field(input::field(
            "name",
            TypeRef::named_nn(TypeRef::STRING),
            "File name, whose ending tells the type: .bpmn, .dmn, .form.",
        ))
        .field(input::field(
            "content",
            TypeRef::named_nn(TypeRef::STRING),
            "Content.",
        ))
        .field(input::field(
            "effectiveFrom",
            TypeRef::named(scalar::DATE),
            "The date from which the decisions of the file hold; as the file itself says where absent.",
        ));
    builder.register(file)?;
    let fields = vec![input::field(
        "resources",
        TypeRef::named_nn_list_nn("ResourceInput"),
        "The files; all are deployed or none.",
    )];
    builder.register(input::object(NAME, "What to deploy.", fields))?;
    let deployment = loaded::<Deployed, _>(
        "deployment",
        TypeRef::named("Deployment"),
        "What was stored.",
        |it, _| {
            let it = it.clone();
            Box::pin(async move { Ok(Some(FieldValue::owned_any(it))) })
        },
    );
    payload::register::<Deployed>(builder, NAME, vec![deployment])?;
    let spec = RootField::mutation(
        NAME,
        "Stores new versions of processes, decisions and forms. Every problem of every file is reported; a file whose content is known keeps its version.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let mut resources = Vec::new();
            for it in input.try_get("resources")?.list()?.iter() {
                resources.push(resource::resource(&it.object()?)?);
            }
            let command = Command::Deploy { resources };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| match outcome.done {
                Done::Deployed(mut deployed) => {
                    let warnings = std::mem::take(&mut deployed.warnings);
                    (deployed, warnings)
                }
                _ => (Deployed::default(), Vec::new()),
            })
            .into_field()
        })
    })
}

fn register_types(builder: &mut Builder) -> Result<(), NameClash> {
    let definition = Object::new("DeployedDefinition")
        .description("A version of a process, decision or form as a deployment left it.")
        .field(leaf(
            "key",
            TypeRef::named_nn(TypeRef::STRING),
            "The author's key, the same over versions.",
            |it: &DeployedDefinition, _| Some(Value::from(it.key.as_str())),
        ))
        .field(leaf(
            "version",
            TypeRef::named_nn(TypeRef::INT),
            "Version of the key, from 1.",
            |it: &DeployedDefinition, _| Some(Value::from(it.version)),
        ))
        .field(leaf(
            "unchanged",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether the same content had been deployed before.",
            |it: &DeployedDefinition, _| Some(Value::from(it.unchanged)),
        ));
    builder.register(definition)?;
    let deployment = Object::new("Deployment")
        .description("What a deployment stored.")
        .field(list("processes", "Processes.", |it| &it.processes))
        .field(list("decisions", "Decisions.", |it| &it.decisions))
        .field(list("forms", "Forms.", |it| &it.forms));
    builder.register(deployment)
}

fn list(name: &str, description: &str, read: fn(&Deployed) -> &Vec<DeployedDefinition>) -> Field {
    Field::new(
        name,
        TypeRef::named_nn_list_nn("DeployedDefinition"),
        move |ctx| {
            let list = ctx.parent_value.try_downcast_ref::<Deployed>().map(|it| {
                Some(FieldValue::list(
                    read(it).iter().cloned().map(FieldValue::owned_any),
                ))
            });
            FieldFuture::new(std::future::ready(list))
        },
    )
    .description(description)
}
