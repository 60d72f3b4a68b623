//! What cannot work out in a process, whatever its data.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use tongban_bpmn::builder::{ProcessBuilder, any_error, error, feel, message, timer_duration};
use tongban_bpmn::diagnostic::Severity;
use tongban_bpmn::graph::{
    ElementIdx, ElementKind, EventBasedGateway, EventDefinition, Instantiation, ProcessDefinition,
};
use tongban_bpmn::soundness::{Options, check};

const ROOT: ElementIdx = ElementIdx::ROOT;

/// Builds a process of lines `kind id` and `id -> id`; `a ?-> b` is a flow with a condition, `a =>
/// b` the default one.
fn process(text: &str) -> ProcessDefinition {
    let mut builder = ProcessBuilder::new("p");
    let mut ids: Vec<(String, ElementIdx)> = Vec::new();
    let mut flows = Vec::new();
    for line in text.lines().map(str::trim).filter(|it| !it.is_empty()) {
        let parts: Vec<&str> = line.split_whitespace().collect();
        if let [source, arrow @ ("->" | "?->" | "=>"), target] = parts.as_slice() {
            flows.push((
                (*source).to_owned(),
                (*arrow).to_owned(),
                (*target).to_owned(),
            ));
            continue;
        }
        let (kind, id) = (parts[0], parts[1]);
        let find = |id: &str| ids.iter().find(|(it, _)| it == id).unwrap().1;
        let idx = match kind {
            "start" => builder.start(ROOT, id),
            "end" => builder.end(ROOT, id),
            "terminate" => builder.end_with(ROOT, id, EventDefinition::Terminate),
            "user" => builder.user_task(ROOT, id),
            "script" => builder.script_task(ROOT, id, feel("1"), "x"),
            "xor" => builder.exclusive_gateway(ROOT, id),
            "and" => builder.parallel_gateway(ROOT, id),
            "or" => builder.inclusive_gateway(ROOT, id),
            "events" => builder.event_based_gateway(ROOT, id),
            "catch" => {
                let kind =
                    tongban_bpmn::graph::ElementKind::IntermediateCatchEvent(message("m", "1"));
                builder.add(ROOT, id, kind)
            }
            "timer" => builder.boundary_event(find(parts[2]), id, timer_duration("PT1H"), true),
            "reminder" => builder.boundary_event(find(parts[2]), id, timer_duration("PT1H"), false),
            other => panic!("{other}"),
        };
        ids.push((id.to_owned(), idx));
    }
    for (source, arrow, target) in flows {
        let find = |id: &str| ids.iter().find(|(it, _)| it == id).unwrap().1;
        let (source, target) = (find(&source), find(&target));
        match arrow.as_str() {
            "->" => builder.connect(source, target),
            "?->" => builder.connect_when(source, target, feel("x")),
            _ => builder.connect_default(source, target),
        };
    }
    builder.build()
}

/// Compares the findings, each as `CODE element`.
#[track_caller]
fn expect(text: &str, expected: &[&str]) {
    let found = check("test.bpmn", &process(text), &Options::default());
    let short: Vec<String> = found
        .iter()
        .map(|it| format!("{} {}", it.code, it.element_id.as_deref().unwrap_or("-")))
        .collect();
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(short, expected, "\n{}\n", lines.join("\n"));
}

#[test]
fn structured_processes_are_sound() {
    expect(
        "start s
        and f
        user a
        user b
        and j
        end e
        s -> f
        f -> a
        f -> b
        a -> j
        b -> j
        j -> e",
        &[],
    );
    expect(
        "start s
        xor f
        user a
        user b
        xor j
        end e
        s -> f
        f ?-> a
        f => b
        a -> j
        b -> j
        j -> e",
        &[],
    );
    expect(
        "start s
        or f
        user a
        user b
        or j
        end e
        s -> f
        f ?-> a
        f ?-> b
        f => j
        a -> j
        b -> j
        j -> e",
        &[],
    );
}

#[test]
fn an_exclusive_split_joined_in_parallel_waits_forever() {
    let text = "start s
        xor f
        user a
        user b
        and j
        end e
        s -> f
        f ?-> a
        f => b
        a -> j
        b -> j
        j -> e";
    expect(text, &["BPMN-0480 j"]);
    let found = check("t", &process(text), &Options::default());
    assert!(found[0].message.contains("s → f → a → j"), "{}", found[0]);
    assert_eq!(found[0].severity, Severity::Warning);
    let options = Options {
        are_errors: true,
        ..Options::default()
    };
    let found = check("t", &process(text), &options);
    assert_eq!(found[0].severity, Severity::Error);
}

#[test]
fn a_parallel_split_merged_exclusively_is_not_synchronized() {
    expect(
        "start s
        and f
        user a
        user b
        xor j
        user c
        end e
        s -> f
        f -> a
        f -> b
        a -> j
        b -> j
        j -> c
        c -> e",
        &["BPMN-0481 j"],
    );
}

#[test]
fn an_inclusive_split_joined_in_parallel_can_wait_forever() {
    expect(
        "start s
        or f
        user a
        user b
        and j
        end e
        s -> f
        f ?-> a
        f ?-> b
        f => b
        a -> j
        b -> j
        j -> e",
        &["BPMN-0480 j"],
    );
}

#[test]
fn a_boundary_event_that_leaves_a_parallel_branch_starves_the_join() {
    expect(
        "start s
        and f
        user a
        user b
        timer t a
        end late
        and j
        end e
        s -> f
        f -> a
        f -> b
        a -> j
        b -> j
        j -> e
        t -> late",
        &["BPMN-0480 j"],
    );
    // Beside the activity it takes nothing away.
    expect(
        "start s
        and f
        user a
        user b
        reminder t a
        end late
        and j
        end e
        s -> f
        f -> a
        f -> b
        a -> j
        b -> j
        j -> e
        t -> late",
        &[],
    );
}

#[test]
fn a_terminate_end_event_takes_the_waiting_token_with_it() {
    expect(
        "start s
        and f
        user a
        user b
        timer t a
        terminate late
        and j
        end e
        s -> f
        f -> a
        f -> b
        a -> j
        b -> j
        j -> e
        t -> late",
        &[],
    );
}

#[test]
fn a_loop_that_waits_is_sound_and_one_that_does_not_is_told() {
    let with = |task: &str| {
        format!(
            "start s
            xor m
            {task} a
            xor f
            end e
            s -> m
            m -> a
            a -> f
            f ?-> m
            f => e"
        )
    };
    expect(&with("user"), &[]);
    expect(&with("script"), &["BPMN-0485 m"]);
    expect(
        "start s
        xor m
        script a
        s -> m
        m -> a
        a -> m",
        &["BPMN-0484 m", "BPMN-0486 s"],
    );
}

#[test]
fn a_gateway_that_may_find_no_way_is_told() {
    expect(
        "start s
        xor f
        user a
        end e
        s -> f
        f ?-> a
        f ?-> e
        a -> e",
        &["BPMN-0483 f"],
    );
}

#[test]
fn events_that_exclude_each_other_do_not_join() {
    expect(
        "start s
        events g
        catch a
        catch b
        and j
        end e
        s -> g
        g -> a
        g -> b
        a -> j
        b -> j
        j -> e",
        &["BPMN-0480 j"],
    );
}

#[test]
fn unstructured_joins_are_explored() {
    // Two parallel pairs crossed: sound, though no rule reduces it.
    expect(
        "start s
        and f
        user a
        user b
        and f1
        and f2
        and j1
        and j2
        and j
        end e
        s -> f
        f -> a
        f -> b
        a -> f1
        b -> f2
        f1 -> j1
        f1 -> j2
        f2 -> j1
        f2 -> j2
        j1 -> j
        j2 -> j
        j -> e",
        &[],
    );
    // A join in a loop that is fed once only.
    expect(
        "start s
        and f
        user a
        user b
        and j
        xor g
        end e
        s -> f
        f -> a
        f -> b
        a -> j
        b -> j
        j -> g
        g ?-> a
        g => e",
        &["BPMN-0480 j"],
    );
}

#[test]
fn each_scope_is_looked_at() {
    let mut builder = ProcessBuilder::new("p");
    let start = builder.start(ROOT, "s");
    let inner = builder.sub_process(ROOT, "sub");
    let caught = builder.boundary_event(inner, "caught", any_error(), true);
    let end = builder.end(ROOT, "e");
    builder.connect(start, inner);
    builder.connect(inner, end);
    builder.connect(caught, end);
    let begin = builder.start(inner, "begin");
    let choice = builder.exclusive_gateway(inner, "choice");
    let join = builder.parallel_gateway(inner, "join");
    let done = builder.end_with(inner, "done", error("E"));
    builder.connect(begin, choice);
    builder.connect_when(choice, join, feel("x"));
    builder.connect_default(choice, join);
    builder.connect(join, done);
    let found = check("t", &builder.build(), &Options::default());
    let short: Vec<_> = found
        .iter()
        .map(|it| (it.code, it.element_id.as_deref()))
        .collect();
    // The sub-process ends by its error only, so that the way after it is dead.
    assert_eq!(short, [("BPMN-0480", Some("join"))]);
}

#[test]
fn past_the_bound_the_answer_is_unknown() {
    let text = wide(12);
    let options = Options {
        states_max: 100,
        ..Options::default()
    };
    let found = check("t", &process(&text), &options);
    assert!(found.iter().any(|it| it.code == "BPMN-0489"), "{found:?}");
    assert!(found.iter().all(|it| it.severity == Severity::Warning));
}

/// Branches in parallel whose joins are crossed, so that nothing is reduced.
fn wide(branches: usize) -> String {
    let mut text = String::from("start s\nand f\nand g\nand j\nend e\ns -> f\nj -> e\n");
    for n in 0..branches {
        let _ = write!(
            text,
            "and a{n}\nuser b{n}\nuser c{n}\nand d{n}\nf -> a{n}\na{n} -> b{n}\na{n} -> c{n}\nd{n} -> j\n"
        );
    }
    for n in 0..branches {
        let m = (n + 1) % branches;
        let _ = write!(text, "b{n} -> d{n}\nc{n} -> d{m}\n");
    }
    text.replace("and g\n", "")
}

#[test]
fn five_hundred_elements_take_less_than_a_second() {
    let mut text = String::from("start s\nend e\n");
    let mut previous = "s".to_owned();
    for n in 0..80 {
        let (kind, first, second) = [
            ("and", "->", "->"),
            ("xor", "?->", "=>"),
            ("or", "?->", "?->"),
        ][n % 3];
        let _ = write!(
            text,
            "{kind} f{n}\nuser a{n}\nuser b{n}\nuser c{n}\n{kind} j{n}\nuser d{n}\n{previous} -> f{n}\nf{n} {first} a{n}\nf{n} {second} b{n}\nb{n} -> c{n}\na{n} -> j{n}\nc{n} -> j{n}\nj{n} -> d{n}\n"
        );
        if kind == "or" {
            let _ = writeln!(text, "f{n} => j{n}");
        }
        previous = format!("d{n}");
    }
    let _ = writeln!(text, "{previous} -> e");
    let process = process(&text);
    assert!(process.elements().len() > 480);
    #[expect(clippy::disallowed_methods, reason = "the test measures")]
    let begin = Instant::now();
    let found = check("t", &process, &Options::default());
    assert!(
        begin.elapsed() < Duration::from_secs(1),
        "{:?}",
        begin.elapsed()
    );
    assert!(found.is_empty(), "{}", found[0]);
}

#[test]
fn an_activity_that_may_find_no_way_is_told() {
    expect(
        "start s
        user a
        user b
        end e
        s -> a
        a ?-> b
        a ?-> e
        b -> e",
        &["BPMN-0483 a"],
    );
}

#[test]
fn all_events_of_a_parallel_gateway_that_starts_the_process_join() {
    let mut builder = ProcessBuilder::new("p");
    let gateway = builder.add(
        ROOT,
        "g",
        ElementKind::EventBasedGateway(EventBasedGateway {
            instantiates: Some(Instantiation::Parallel),
        }),
    );
    let join = builder.parallel_gateway(ROOT, "j");
    for id in ["a", "b"] {
        let catch = ElementKind::IntermediateCatchEvent(message(id, "1"));
        let catch = builder.add(ROOT, id, catch);
        builder.connect(gateway, catch);
        builder.connect(catch, join);
    }
    let end = builder.end(ROOT, "e");
    builder.connect(join, end);
    let found = check("test.bpmn", &builder.build(), &Options::default());
    assert_eq!(found, vec![]);
}

#[test]
fn an_event_sub_process_completes_a_scope_whose_ends_throw() {
    let mut builder = ProcessBuilder::new("p");
    let (start, inner) = (builder.start(ROOT, "s"), builder.sub_process(ROOT, "sub"));
    let (begin, fail) = (
        builder.start(inner, "is"),
        builder.end_with(inner, "ie", error("E")),
    );
    builder.connect(begin, fail);
    let caught = builder.boundary_event(inner, "b", any_error(), true);
    let instead = builder.event_sub_process(inner, "h");
    let comes = builder.start_on(instead, "hs", message("m", "1"), true);
    let done = builder.end(instead, "he");
    builder.connect(comes, done);
    let (next, end) = (builder.user_task(ROOT, "next"), builder.end(ROOT, "e"));
    builder.connect(start, inner);
    builder.connect(inner, next);
    builder.connect(next, end);
    builder.connect(caught, end);
    let found = check("test.bpmn", &builder.build(), &Options::default());
    assert_eq!(found, vec![]);
}
