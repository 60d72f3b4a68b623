//! How points and ranges lie to each other (Allen's relations, as DMN names them).

use std::cmp::Ordering;

use super::Builtin;
use super::argument::single;
use crate::eval::{compare, range_contains};
use crate::value::{Bound, Value};

const POINT_OR_RANGE: &[&[&str]] = &[
    &["point1", "point2"],
    &["point", "range"],
    &["range", "point"],
    &["range1", "range2"],
];
const RANGES: &[&[&str]] = &[&["range1", "range2"]];
const POINT_AND_RANGE: &[&[&str]] = &[&["point", "range"], &["range1", "range2"]];
const RANGE_AND_POINT: &[&[&str]] = &[&["range", "point"], &["range1", "range2"]];

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::pure("before", POINT_OR_RANGE, |it| relate(it, before)),
    Builtin::pure("after", POINT_OR_RANGE, |it| {
        relate(it, |a, b| before(b, a))
    }),
    Builtin::pure("meets", RANGES, |it| relate_ranges(it, meets)),
    Builtin::pure("met by", RANGES, |it| relate_ranges(it, |a, b| meets(b, a))),
    Builtin::pure("overlaps", RANGES, |it| relate_ranges(it, overlaps)),
    Builtin::pure("overlaps before", RANGES, |it| {
        relate_ranges(it, overlaps_before)
    }),
    Builtin::pure("overlaps after", RANGES, |it| {
        relate_ranges(it, |a, b| overlaps_before(b, a))
    }),
    Builtin::pure("finishes", POINT_AND_RANGE, |it| relate(it, finishes)),
    Builtin::pure("finished by", RANGE_AND_POINT, |it| {
        relate(it, |a, b| finishes(b, a))
    }),
    Builtin::pure("starts", POINT_AND_RANGE, |it| relate(it, starts)),
    Builtin::pure("started by", RANGE_AND_POINT, |it| {
        relate(it, |a, b| starts(b, a))
    }),
    Builtin::pure("includes", RANGE_AND_POINT, |it| relate(it, includes)),
    Builtin::pure("during", POINT_AND_RANGE, |it| {
        relate(it, |a, b| includes(b, a))
    }),
    Builtin::pure(
        "coincides",
        &[&["point1", "point2"], &["range1", "range2"]],
        |it| relate(it, coincides),
    ),
];

/// A point, or the two ends of a range.
#[derive(Clone, Copy)]
struct Extent<'v> {
    start: &'v Value,
    end: &'v Value,
    start_included: bool,
    end_included: bool,
    is_range: bool,
}

fn extent(value: &Value) -> Option<Extent<'_>> {
    let Value::Range(range) = single(value) else {
        let point = single(value);
        compare(point, point)?;
        return Some(Extent {
            start: point,
            end: point,
            start_included: true,
            end_included: true,
            is_range: false,
        });
    };
    let (Some(start), Some(end)) = (&range.start, &range.end) else {
        return None;
    };
    Some(Extent {
        start: &start.value,
        end: &end.value,
        start_included: start.included,
        end_included: end.included,
        is_range: true,
    })
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

fn before(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let order = compare(left.end, right.start)?;
    Some(match order {
        Ordering::Less => true,
        Ordering::Equal => !left.end_included || !right.start_included,
        Ordering::Greater => false,
    })
}

fn meets(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let order = compare(left.end, right.start)?;
    Some(order.is_eq() && left.end_included && right.start_included)
}

fn overlaps(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    Some(!before(left, right)? && !before(right, left)?)
}

/// Where a range begins: earlier, or at the same value but with the value itself.
fn start_order(left: Extent<'_>, right: Extent<'_>) -> Option<Ordering> {
    let order = compare(left.start, right.start)?;
    Some(order.then(right.start_included.cmp(&left.start_included)))
}

fn end_order(left: Extent<'_>, right: Extent<'_>) -> Option<Ordering> {
    let order = compare(left.end, right.end)?;
    Some(order.then(left.end_included.cmp(&right.end_included)))
}

fn overlaps_before(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    Some(
        start_order(left, right)?.is_lt()
            && overlaps(left, right)?
            && end_order(left, right)?.is_le(),
    )
}

fn finishes(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let same_end = compare(left.end, right.end)?.is_eq() && left.end_included == right.end_included;
    Some(same_end && (!left.is_range || start_order(right, left)?.is_le()))
}

fn starts(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    let same_start =
        compare(left.start, right.start)?.is_eq() && left.start_included == right.start_included;
    Some(same_start && (!left.is_range || end_order(left, right)?.is_le()))
}

fn includes(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    if !right.is_range {
        let bound = |value: &Value, included| {
            Some(Bound {
                value: value.clone(),
                included,
            })
        };
        let range = crate::value::Range {
            start: bound(left.start, left.start_included),
            end: bound(left.end, left.end_included),
        };
        return range_contains(&range, right.start);
    }
    Some(start_order(left, right)?.is_le() && end_order(right, left)?.is_le())
}

fn coincides(left: Extent<'_>, right: Extent<'_>) -> Option<bool> {
    Some(start_order(left, right)?.is_eq() && end_order(left, right)?.is_eq())
}
