//! How points and ranges lie to each other (Allen's relations, as DMN names them).
//!
//! A range without a bound on one side reaches on without end.

use std::cmp::Ordering;

use super::argument::single;
use super::{Builtin, Family};
use crate::eval::compare;
use crate::value::{Bound, Value};

const POINT_OR_RANGE: &[&str] = &[
    "point1: Any, point2: Any -> boolean",
    "point: Any, range: range -> boolean",
    "range: range, point: Any -> boolean",
    "range1: range, range2: range -> boolean",
];
const RANGES: &[&str] = &["range1: range, range2: range -> boolean"];
const POINT_AND_RANGE: &[&str] = &[
    "point: Any, range: range -> boolean",
    "range1: range, range2: range -> boolean",
];
const RANGE_AND_POINT: &[&str] = &[
    "range: range, point: Any -> boolean",
    "range1: range, range2: range -> boolean",
];

pub(super) const FAMILY: Family = Family {
    title: "Points and ranges",
    clause: "10.3.4.7",
    builtins: BUILTINS,
};

const BUILTINS: &[Builtin] = &[
    Builtin::pure("before", POINT_OR_RANGE, |it| relate(it, before)).doc(
        "Whether the first ends before the second begins.",
        &[
            ("before(1, [5..10])", "true"),
            ("before([1..10], [10..20])", "false"),
        ],
    ),
    Builtin::pure("after", POINT_OR_RANGE, |it| {
        relate(it, |a, b| before(b, a))
    })
    .doc(
        "Whether the first begins after the second has ended.",
        &[
            ("after(12, [1..10])", "true"),
            ("after([11..20], [1..11))", "true"),
        ],
    ),
    Builtin::pure("meets", RANGES, |it| relate_ranges(it, meets)).doc(
        "Whether the first ends with the value the second begins with.",
        &[
            ("meets([1..5], [5..10])", "true"),
            ("meets([1..5), [5..10])", "false"),
        ],
    ),
    Builtin::pure("met by", RANGES, |it| relate_ranges(it, |a, b| meets(b, a))).doc(
        "Whether the first begins with the value the second ends with.",
        &[("met by([5..10], [1..5])", "true")],
    ),
    Builtin::pure("overlaps", RANGES, |it| relate_ranges(it, overlaps)).doc(
        "Whether the ranges have a value in common.",
        &[
            ("overlaps([1..5], [3..8])", "true"),
            ("overlaps([1..5), [5..8])", "false"),
        ],
    ),
    Builtin::pure("overlaps before", RANGES, |it| {
        relate_ranges(it, overlaps_before)
    })
    .doc(
        "Whether the first begins before the second and ends within it.",
        &[("overlaps before([1..5], [3..8])", "true")],
    ),
    Builtin::pure("overlaps after", RANGES, |it| {
        relate_ranges(it, |a, b| overlaps_before(b, a))
    })
    .doc(
        "Whether the second begins before the first and ends within it.",
        &[("overlaps after([3..8], [1..5])", "true")],
    ),
    Builtin::pure("finishes", POINT_AND_RANGE, |it| relate(it, finishes)).doc(
        "Whether the first lies in the second and ends with it.",
        &[
            ("finishes(10, [1..10])", "true"),
            ("finishes([5..10), [1..10])", "false"),
        ],
    ),
    Builtin::pure("finished by", RANGE_AND_POINT, |it| {
        relate(it, |a, b| finishes(b, a))
    })
    .doc(
        "Whether the second lies in the first and ends with it.",
        &[("finished by([1..10], 10)", "true")],
    ),
    Builtin::pure("includes", RANGE_AND_POINT, |it| relate(it, includes)).doc(
        "Whether the range holds the point or the other range.",
        &[
            ("includes([1..10], 5)", "true"),
            ("includes((1..10], 1)", "false"),
        ],
    ),
    Builtin::pure("during", POINT_AND_RANGE, |it| {
        relate(it, |a, b| includes(b, a))
    })
    .doc(
        "Whether the point or range lies in the range.",
        &[
            ("during(5, [1..10])", "true"),
            ("during([4..6], [1..10])", "true"),
        ],
    ),
    Builtin::pure("starts", POINT_AND_RANGE, |it| relate(it, starts)).doc(
        "Whether the first lies in the second and begins with it.",
        &[
            ("starts(1, [1..10])", "true"),
            ("starts((1..5], [1..10])", "false"),
        ],
    ),
    Builtin::pure("started by", RANGE_AND_POINT, |it| {
        relate(it, |a, b| starts(b, a))
    })
    .doc(
        "Whether the second lies in the first and begins with it.",
        &[("started by([1..10], [1..5])", "true")],
    ),
    Builtin::pure(
        "coincides",
        &[
            "point1: Any, point2: Any -> boolean",
            "range1: range, range2: range -> boolean",
        ],
        |it| relate(it, coincides),
    )
    .doc(
        "Whether both are the same.",
        &[
            ("coincides(5, 5)", "true"),
            ("coincides((1..5), [1..5])", "false"),
        ],
    ),
];

/// One end; `None` for no limit.
type End<'v> = Option<(&'v Value, bool)>;

/// A point, or the two ends of a range.
#[derive(Clone, Copy)]
struct Extent<'v> {
    start: End<'v>,
    end: End<'v>,
    is_range: bool,
}

fn extent(value: &Value) -> Option<Extent<'_>> {
    let value = single(value);
    let Value::Range(range) = value else {
        compare(value, value)?;
        return Some(Extent {
            start: Some((value, true)),
            end: Some((value, true)),
            is_range: false,
        });
    };
    let (start, end) = (
        range.start.as_ref().and_then(limit),
        range.end.as_ref().and_then(limit),
    );
    if start.is_none() && end.is_none() {
        return None;
    }
    Some(Extent {
        start,
        end,
        is_range: true,
    })
}

fn limit(bound: &Bound) -> Option<(&Value, bool)> {
    (!bound.value.is_null()).then_some((&bound.value, bound.included))
}

type Relation = fn(Extent<'_>, Extent<'_>) -> Option<bool>;

fn relate(arguments: &[Value], relation: Relation) -> Option<Value> {
    relation(extent(&arguments[0])?, extent(&arguments[1])?).map(Value::Boolean)
}

fn relate_ranges(arguments: &[Value], relation: Relation) -> Option<Value> {
    let (left, right) = (extent(&arguments[0])?, extent(&arguments[1])?);
    if !left.is_range || !right.is_range {
        return None;
    }
    relation(left, right).map(Value::Boolean)
}

/// Whether everything up to an end lies before everything from a start on.
fn before(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let (Some((end, end_included)), Some((start, start_included))) = (left.end, right.start) else {
        return Some(false);
    };
    Some(match compare(end, start)? {
        Ordering::Less => true,
        Ordering::Equal => !end_included || !start_included,
        Ordering::Greater => false,
    })
}

fn meets(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let (Some((end, end_included)), Some((start, start_included))) = (left.end, right.start) else {
        return Some(false);
    };
    Some(compare(end, start)?.is_eq() && end_included && start_included)
}

fn overlaps(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    Some(!before(left, right)? && !before(right, left)?)
}

/// Where an extent begins: earlier, or at the same value but with the value itself.
fn start_order(left: Extent<'_>, right: Extent<'_>) -> Option<Ordering> {
    Some(match (left.start, right.start) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some((left, left_included)), Some((right, right_included))) => {
            compare(left, right)?.then(right_included.cmp(&left_included))
        }
    })
}

fn end_order(left: Extent<'_>, right: Extent<'_>) -> Option<Ordering> {
    Some(match (left.end, right.end) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some((left, left_included)), Some((right, right_included))) => {
            compare(left, right)?.then(left_included.cmp(&right_included))
        }
    })
}

fn overlaps_before(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    Some(
        start_order(left, right)?.is_lt()
            && overlaps(left, right)?
            && end_order(left, right)?.is_le(),
    )
}

fn finishes(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let same_end = end_order(left, right)?.is_eq();
    Some(same_end && (!left.is_range || start_order(right, left)?.is_le()))
}

fn starts(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let same_start = start_order(left, right)?.is_eq();
    Some(same_start && (!left.is_range || end_order(left, right)?.is_le()))
}

fn includes(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    Some(start_order(left, right)?.is_le() && end_order(right, left)?.is_le())
}

fn coincides(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    Some(start_order(left, right)?.is_eq() && end_order(left, right)?.is_eq())
}
