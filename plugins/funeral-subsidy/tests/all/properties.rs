//! P1 to P3 and P7: amounts of random services.

use proptest::prelude::*;
use tongban_plugin_funeral_subsidy::calculation::{
    Basis, ItemCap, StorageBasis, UpgradeRule, calculate, storage_days,
};
use tongban_plugin_funeral_subsidy::service::{Grade, ServiceItem, ServiceLine, ServiceUnit};
use tongban_sdk::{Fen, Instant};

const ITEMS: [(ServiceItem, ServiceUnit); 4] = [
    (ServiceItem::Transport, ServiceUnit::Trip),
    (ServiceItem::Storage, ServiceUnit::Day),
    (ServiceItem::Cremation, ServiceUnit::Body),
    (ServiceItem::AshesStorage, ServiceUnit::Year),
];

fn caps() -> Vec<ItemCap> {
    let amounts = [
        (1, 20_000, 20_000),
        (3, 11_000, 33_000),
        (1, 19_000, 19_000),
        (1, 7_200, 7_200),
    ];
    let rows = ITEMS.iter().zip(amounts);
    rows.map(|((item, unit), (quantity, price, whole))| ItemCap {
        item: *item,
        unit: *unit,
        quantity_cap: quantity,
        unit_cap_fen: Fen::new(price),
        item_cap_fen: Fen::new(whole),
    })
    .collect()
}

fn line() -> impl Strategy<Value = ServiceLine> {
    (0..4_usize, 0..1_000_i64, 0..60_000_i64, any::<bool>()).prop_map(
        |(idx, quantity, price, high)| {
            let (item, unit) = ITEMS[idx];
            ServiceLine {
                item,
                name: None,
                quantity_hundredths: quantity,
                unit,
                km_hundredths: None,
                unit_price_fen: Fen::new(price),
                amount_fen: None,
                grade: if high { Grade::High } else { Grade::Normal },
            }
        },
    )
}

fn basis<'b>(lines: &'b [ServiceLine], caps: &'b [ItemCap], offset: i64) -> Basis<'b> {
    Basis {
        lines,
        caps,
        prices: None,
        case_cap: Some(79_200),
        offset,
        upgrade: UpgradeRule::PayDifference,
        storage_days: None,
        actual_cost: false,
    }
}

proptest! {
    /// P1, P3 and P7.
    #[test]
    fn the_result_is_within_the_cap_and_the_family_pays_the_rest(
        lines in prop::collection::vec(line(), 0..8),
        offset in 0..100_000_i64,
    ) {
        let caps = caps();
        let found = calculate(&basis(&lines, &caps, offset));
        let actual: i64 = found.lines.iter().map(|it| it.actual_fen.get()).sum();
        let result = found.result_fen.get();
        prop_assert!((0..=79_200).contains(&result));
        prop_assert!(result <= actual);
        prop_assert_eq!(found.family_pays_fen.get() + result, actual);
        prop_assert_eq!(&found, &calculate(&basis(&lines, &caps, offset)));
    }

    /// P2
    #[test]
    fn a_dearer_service_never_lowers_the_result(
        lines in prop::collection::vec(line(), 1..8),
        which in any::<prop::sample::Index>(),
        more in 1..50_000_i64,
        by_price in any::<bool>(),
    ) {
        let caps = caps();
        let before = calculate(&basis(&lines, &caps, 0)).result_fen;
        let mut dearer = lines.clone();
        let line = &mut dearer[which.index(lines.len())];
        if by_price {
            line.unit_price_fen = Fen::new(line.unit_price_fen.get() + more);
        } else {
            line.quantity_hundredths += more;
        }
        let after = calculate(&basis(&dearer, &caps, 0)).result_fen;
        prop_assert!(after >= before, "{before} {after}");
    }
}

/// S05 and S06 (V-09).
#[test]
fn storage_is_counted_by_hours_or_by_dates() {
    let at = |text: &str| text.parse::<Instant>().unwrap();
    let body_in = at("2026-03-08T10:00:00+08:00");
    for (out, hours, dates) in [
        ("2026-03-11T10:00:00+08:00", 3, 4),
        ("2026-03-11T10:01:00+08:00", 4, 4),
        ("2026-03-08T10:05:00+08:00", 1, 1),
        ("2026-03-10T09:00:00+08:00", 2, 3),
    ] {
        assert_eq!(
            storage_days(StorageBasis::Hours24, body_in, at(out)),
            hours,
            "{out}"
        );
        assert_eq!(
            storage_days(StorageBasis::CalendarDay, body_in, at(out)),
            dates,
            "{out}"
        );
    }
}
