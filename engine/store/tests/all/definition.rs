//! Deployments, plugins, configuration, the clock.

use std::sync::Arc;

use tongban_core::id::DefinitionId;
use tongban_store::query::definition::{
    Version, decision_versions, get_decision_as_of, get_import_as_of, get_process_by_key,
    get_resource, list_processes,
};
use tongban_store::query::page::PageRequest;
use tongban_store::query::{configuration, plugin};
use tongban_store::row::configuration::{
    CalendarYear, Clock, ClockMode, Parameter, StaffMember, Tenant,
};
use tongban_store::row::definition::{
    DecisionDefinition, Deployment, Origin, ProcessDefinition, Resource, SchemaFile,
};
use tongban_store::row::plugin::{PluginActivation, PluginPackage};

use crate::support::{TestDatabase, commit, context, on_both, tenant};

on_both!(
    versions_of_a_process_are_found_by_number_tag_and_deployment,
    a_decision_is_found_by_the_date_of_the_fact,
    the_countys_own_decision_goes_before_the_plugins,
    a_parameter_has_a_value_from_each_date,
    a_dropped_deployment_leaves_the_group_as_it_was,
    a_county_is_read_back_as_it_was_loaded,
    packages_and_activations_are_listed,
    a_database_keeps_the_clock_it_was_created_with,
);

fn process(id: i64, version: i32, tag: Option<&str>, deployment_id: i64) -> ProcessDefinition {
    ProcessDefinition {
        id: DefinitionId(id),
        key: Arc::from("divorce"),
        version,
        version_tag: tag.map(Arc::from),
        name: Some(Arc::from("离婚登记")),
        origin: Origin::Upload,
        resource_name: Arc::from("divorce.bpmn"),
        digest: Arc::from("d1"),
        schemas: vec![SchemaFile {
            name: Arc::from("schemas/case.json"),
            digest: Arc::from("d2"),
        }],
        deployment_id,
        deployed_at: 100,
    }
}

async fn versions_of_a_process_are_found_by_number_tag_and_deployment(db: &TestDatabase) {
    let mut work = db.begin(100);
    let deployment = Deployment {
        id: 1,
        deployed_at: 100,
        deployed_by: Arc::from("registrar-1"),
        source: Arc::from(""),
    };
    work.put_deployment(&deployment).await.unwrap();
    let file = Resource {
        digest: Arc::from("d1"),
        content: Arc::from(&b"<x/>"[..]),
    };
    work.put_resource(&file).await.unwrap();
    work.put_resource(&file).await.unwrap();
    let versions = [
        process(10, 1, Some("2025"), 1),
        process(11, 2, Some("2026"), 2),
        process(12, 3, None, 3),
    ];
    for version in &versions {
        work.put_process_definition(version).await.unwrap();
    }
    let latest = work
        .find_process_definition("divorce", Version::Latest)
        .await
        .unwrap();
    assert_eq!(latest.as_ref(), Some(&versions[2]));
    commit(work).await;

    for (version, expected) in [
        (Version::Latest, Some(12)),
        (Version::Number(1), Some(10)),
        (Version::Number(9), None),
        (Version::Tag("2026"), Some(11)),
        (Version::Deployment(2), Some(11)),
    ] {
        let found = get_process_by_key(&db.database, &tenant(), "divorce", version)
            .await
            .unwrap();
        assert_eq!(found.map(|it| it.id.0), expected, "{version:?}");
    }
    let page = PageRequest::first(2);
    let page = list_processes(&db.database, &tenant(), None, &page)
        .await
        .unwrap();
    assert!(page.has_next_page);
    let newest: Vec<i32> = page.into_nodes().iter().map(|it| it.version).collect();
    assert_eq!(newest, [3, 2]);
    let content = get_resource(&db.database, &tenant(), "d1").await.unwrap();
    assert_eq!(content.as_deref(), Some(&b"<x/>"[..]));
}

async fn a_decision_is_found_by_the_date_of_the_fact(db: &TestDatabase) {
    let mut work = db.begin(100);
    let versions = [(1, None), (2, Some("2026-01-01")), (3, Some("2025-06-01"))];
    for (version, effective_from) in versions {
        let decision = DecisionDefinition {
            id: i64::from(version),
            key: Arc::from("fee"),
            version,
            name: None,
            effective_from: effective_from.map(Arc::from),
            effective_until: None,
            origin: Origin::Upload,
            item: None,
            resource_name: Arc::from("fee.dmn"),
            digest: Arc::from(format!("d{version}")),
            namespace: Arc::from("urn:fee"),
            imports: vec![Arc::from("d3"), Arc::from("d4")],
            deployment_id: 1,
            deployed_at: 100,
        };
        work.put_decision_definition(&decision).await.unwrap();
    }
    commit(work).await;
    let cases = [("2024-01-01", 1), ("2025-06-01", 3), ("2026-03-05", 2)];
    for (date, expected) in cases {
        assert_eq!(
            version_on(db, "fee", date).await,
            Some(expected),
            "on {date}"
        );
    }
    let newest = decision_versions(&db.database, &tenant(), "fee", 1).await;
    let newest = newest.unwrap().remove(0);
    assert_eq!(newest.version, 3);
    assert_eq!(newest.imports, [Arc::from("d3"), Arc::from("d4")]);
    assert_eq!(version_on(db, "other", "2026-01-01").await, None);
}

async fn a_parameter_has_a_value_from_each_date(db: &TestDatabase) {
    let parameter = |from: Option<&str>, value: &str, item| Parameter {
        plugin: Arc::from("p"),
        key: Arc::from("fee"),
        effective_from: from.map(Arc::from),
        value: Arc::from(value),
        item,
        updated_at: 100,
        updated_by: Arc::from("a"),
    };
    let all = [
        parameter(None, "1", None),
        parameter(Some("2026-01-01"), "2", Some(7)),
        parameter(Some("2027-01-01"), "null", Some(8)),
    ];
    let mut work = db.begin(100);
    work.put_parameters(&all).await.unwrap();
    // The same date again replaces the value.
    work.put_parameters(&[parameter(None, "3", None)])
        .await
        .unwrap();
    work.remove_parameters_of(8).await.unwrap();
    commit(work).await;
    let found = configuration::parameters(&db.database, &tenant()).await;
    assert_eq!(found.unwrap(), [parameter(None, "3", None), all[1].clone()]);
}

async fn version_on(db: &TestDatabase, key: &str, date: &str) -> Option<i32> {
    let found = get_decision_as_of(&db.database, &tenant(), key, date).await;
    found.unwrap().map(|it| it.version)
}

/// The file that is imported on a date.
async fn import_on(db: &TestDatabase, date: &str) -> Option<Arc<str>> {
    let found = get_import_as_of(&db.database, &tenant(), "urn:fee", date).await;
    found.unwrap().map(|it| it.digest)
}

async fn the_countys_own_decision_goes_before_the_plugins(db: &TestDatabase) {
    let mut work = db.begin(100);
    let versions = [
        (1, Origin::Plugin, None, None),
        (2, Origin::County, Some("2026-01-01"), Some(7)),
        (3, Origin::County, Some("2026-07-01"), Some(8)),
        (4, Origin::Plugin, Some("2026-03-01"), None),
    ];
    for (version, origin, effective_from, item) in versions {
        let decision = DecisionDefinition {
            id: i64::from(version),
            key: Arc::from("fee"),
            version,
            name: None,
            effective_from: effective_from.map(Arc::from),
            effective_until: None,
            origin,
            item,
            resource_name: Arc::from("fee.dmn"),
            digest: Arc::from(format!("d{version}")),
            namespace: Arc::from("urn:fee"),
            imports: Vec::new(),
            deployment_id: 1,
            deployed_at: 100,
        };
        work.put_decision_definition(&decision).await.unwrap();
    }
    commit(work).await;
    for (date, expected) in [("2025-12-31", 1), ("2026-03-05", 2), ("2026-07-01", 3)] {
        assert_eq!(
            version_on(db, "fee", date).await,
            Some(expected),
            "on {date}"
        );
    }
    for (date, expected) in [
        ("2025-12-31", "d1"),
        ("2026-03-05", "d2"),
        ("2026-07-01", "d3"),
    ] {
        assert_eq!(
            import_on(db, date).await.as_deref(),
            Some(expected),
            "on {date}"
        );
    }
    // One that was approved is taken back before its day.
    let mut work = db.begin(200);
    work.void_decisions_of(8).await.unwrap();
    commit(work).await;
    assert_eq!(version_on(db, "fee", "2026-07-01").await, Some(2));
    assert_eq!(import_on(db, "2026-07-01").await.as_deref(), Some("d2"));
    // The county goes back to the plugin's own.
    let mut work = db.begin(300);
    work.end_county_decisions("fee", "2026-05-01")
        .await
        .unwrap();
    commit(work).await;
    for (date, expected) in [("2026-04-30", 2), ("2026-05-01", 4), ("2026-08-01", 4)] {
        assert_eq!(
            version_on(db, "fee", date).await,
            Some(expected),
            "on {date}"
        );
    }
    let all = decision_versions(&db.database, &tenant(), "fee", 10).await;
    let all: Vec<i32> = all.unwrap().iter().map(|it| it.version).collect();
    assert_eq!(all, [4, 3, 2, 1]);
}

async fn a_dropped_deployment_leaves_the_group_as_it_was(db: &TestDatabase) {
    let mut work = db.begin(100);
    assert_eq!(work.allocate_number("a").await.unwrap(), 1);
    work.accept_command().await.unwrap();
    work.begin_command(context(100));
    work.put_process_definition(&process(10, 1, None, 1))
        .await
        .unwrap();
    assert_eq!(work.allocate_number("a").await.unwrap(), 2);
    let id = work.next_id().await.unwrap();
    work.drop_command().await.unwrap();
    work.begin_command(context(100));
    assert!(
        work.process_definition(DefinitionId(10))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(work.allocate_number("a").await.unwrap(), 2);
    assert!(work.next_id().await.unwrap() >= id);
    commit(work).await;
}

async fn a_county_is_read_back_as_it_was_loaded(db: &TestDatabase) {
    let county = Tenant {
        id: tenant(),
        name: Arc::from("伊金霍洛旗民政局"),
        created_at: 100,
    };
    let member = StaffMember {
        id: Arc::from("registrar-1"),
        name: Arc::from("其其格"),
        roles: vec![Arc::from("REGISTRAR"), Arc::from("SUPERVISOR")],
        division: Some(Arc::from("150627")),
        active: true,
    };
    let parameter = Parameter {
        plugin: Arc::from("marriage-registration"),
        key: Arc::from("claim_cure_wd"),
        effective_from: None,
        value: Arc::from("5"),
        item: None,
        updated_at: 100,
        updated_by: Arc::from("registrar-1"),
    };
    let year = CalendarYear {
        year: 2026,
        content: Arc::from("{}"),
        confirmed: true,
        updated_at: 100,
    };
    for _ in 0..2 {
        let mut work = db.begin(100);
        work.put_tenant(&county).await.unwrap();
        work.put_staff(std::slice::from_ref(&member)).await.unwrap();
        work.put_parameters(std::slice::from_ref(&parameter))
            .await
            .unwrap();
        work.put_calendar(std::slice::from_ref(&year))
            .await
            .unwrap();
        commit(work).await;
    }
    assert_eq!(
        configuration::tenants(&db.database).await.unwrap(),
        [county]
    );
    assert_eq!(
        configuration::staff(&db.database, &tenant()).await.unwrap(),
        std::slice::from_ref(&member)
    );
    let found = configuration::staff_member(&db.database, &tenant(), "registrar-1")
        .await
        .unwrap();
    assert_eq!(found, Some(member));
    assert_eq!(
        configuration::parameters(&db.database, &tenant())
            .await
            .unwrap(),
        [parameter]
    );
    assert_eq!(
        configuration::calendar(&db.database, &tenant())
            .await
            .unwrap(),
        [year]
    );
}

async fn packages_and_activations_are_listed(db: &TestDatabase) {
    let package = PluginPackage {
        digest: Arc::from("abc"),
        name: Arc::from("marriage-registration"),
        version: Arc::from("0.1.0"),
        size_bytes: 3,
        installed_at: 100,
        installed_by: Arc::from("admin"),
    };
    let activation = PluginActivation {
        name: package.name.clone(),
        version: package.version.clone(),
        digest: package.digest.clone(),
        activated_at: 100,
        activated_by: Arc::from("admin"),
    };
    let mut work = db.begin(100);
    work.put_plugin_package(&package, b"zip").await.unwrap();
    work.put_plugin_activation(&activation).await.unwrap();
    commit(work).await;
    assert_eq!(plugin::packages(&db.database).await.unwrap(), [package]);
    let content = plugin::package_content(&db.database, "abc").await.unwrap();
    assert_eq!(content.as_deref(), Some(&b"zip"[..]));
    assert_eq!(
        plugin::activations(&db.database, &tenant()).await.unwrap(),
        [activation]
    );
}

async fn a_database_keeps_the_clock_it_was_created_with(db: &TestDatabase) {
    assert_eq!(db.database.clock().await.unwrap(), None);
    let manual = Clock {
        mode: ClockMode::Manual,
        now: 1000,
    };
    assert_eq!(db.database.initialize_clock(manual).await.unwrap(), manual);
    let machine = Clock {
        mode: ClockMode::Machine,
        now: 0,
    };
    assert_eq!(db.database.initialize_clock(machine).await.unwrap(), manual);
    let mut work = db.begin(100);
    work.put_clock_now(2000).await.unwrap();
    commit(work).await;
    assert_eq!(
        db.database.clock().await.unwrap(),
        Some(Clock {
            now: 2000,
            ..manual
        })
    );
}
