//! Laws and edges of decimal arithmetic.

use super::*;
use proptest::prelude::*;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[test]
fn a_third_has_thirty_four_digits() {
    let third = Number::ONE.checked_div(number("3")).unwrap();
    assert_eq!(third.to_string(), format!("0.{}", "3".repeat(34)));
    let two_thirds = number("2").checked_div(number("3")).unwrap();
    assert_eq!(two_thirds.to_string(), format!("0.{}7", "6".repeat(33)));
}

#[test]
fn a_tie_goes_to_the_even_digit() {
    let ones = "1".repeat(33);
    assert_eq!(
        number(&format!("{ones}2.5")).to_string(),
        format!("{ones}2")
    );
    assert_eq!(
        number(&format!("{ones}3.5")).to_string(),
        format!("{ones}4")
    );
    assert_eq!(
        number(&format!("{ones}2.50000000001")).to_string(),
        format!("{ones}3")
    );
}

#[test]
fn texts_of_many_forms_are_read() {
    for (text, expected) in [
        ("1.50", "1.5"),
        ("-0", "0"),
        (".5", "0.5"),
        ("1e3", "1000"),
        ("12E-3", "0.012"),
        (
            "1000000000000000000000000000000000000",
            "1000000000000000000000000000000000000",
        ),
    ] {
        assert_eq!(number(text).to_string(), expected);
    }
    for text in ["", ".", "-", "1.2.3", "1e", "１", "0x1", " 1", "1E99999"] {
        assert!(text.parse::<Number>().is_err(), "{text}");
    }
}

#[test]
fn a_tiny_addend_does_not_disturb_the_last_digit() {
    let large = number("1e30");
    let tiny = number("1e-60");
    assert_eq!(large.checked_add(tiny).unwrap(), large);
    assert_eq!(large.checked_sub(tiny).unwrap(), large);
    assert_eq!(
        number("1e40").checked_add(number("-1")).unwrap(),
        number("1e40")
    );
    let close = number("1e34").checked_sub(number("1e-1")).unwrap();
    assert_eq!(close, number("1e34"));
}

#[test]
fn modulo_takes_the_sign_of_the_divisor() {
    assert_eq!(number("-12").modulo(number("5")).unwrap(), number("3"));
    assert_eq!(number("12").modulo(number("-5")).unwrap(), number("-3"));
    assert_eq!(number("10.1").modulo(number("4.5")).unwrap(), number("1.1"));
}

#[test]
fn roots_and_logarithms_have_thirty_four_digits() {
    assert_eq!(
        number("2").sqrt().unwrap().to_string(),
        "1.414213562373095048801688724209698"
    );
    assert_eq!(number("16").sqrt().unwrap(), number("4"));
    assert_eq!(
        Number::ONE.exp().unwrap().to_string(),
        "2.718281828459045235360287471352662"
    );
    assert_eq!(
        number("10").ln().unwrap().to_string(),
        "2.302585092994045684017991454684364"
    );
    assert_eq!(number("1e6000").checked_mul(number("1e6000")), None);
    assert_eq!(number("99999").exp(), None);
    assert_eq!(number("-99999").exp(), Some(Number::ZERO));
    assert_eq!(
        number("2")
            .power(number("0.5"))
            .unwrap()
            .round(30, Rounding::HalfEven),
        number("2").sqrt().unwrap().round(30, Rounding::HalfEven)
    );
}

fn any_number() -> impl Strategy<Value = Number> {
    (any::<bool>(), 0..=u128::MAX, -60i32..60).prop_map(|(negative, coefficient, exponent)| {
        let coefficient = coefficient >> (coefficient % 127);
        Number::from_parts(negative, coefficient, exponent).unwrap()
    })
}

proptest! {
    #[test]
    fn addition_and_multiplication_commute(a in any_number(), b in any_number()) {
        prop_assert_eq!(a.checked_add(b), b.checked_add(a));
        prop_assert_eq!(a.checked_mul(b), b.checked_mul(a));
    }

    #[test]
    fn a_number_minus_itself_is_zero(a in any_number()) {
        prop_assert_eq!(a.checked_sub(a), Some(Number::ZERO));
    }

    #[test]
    fn the_text_of_a_number_reads_back(a in any_number()) {
        prop_assert_eq!(a.to_string().parse::<Number>().unwrap(), a);
        prop_assert_eq!(
            Number::from_parts(a.is_negative(), a.coefficient(), a.exponent()), Some(a));
    }

    #[test]
    fn order_agrees_with_the_sign_of_the_difference(a in any_number(), b in any_number()) {
        let difference = a.checked_sub(b).unwrap();
        let order = difference.cmp(&Number::ZERO);
        prop_assert_eq!(a.cmp(&b), order);
    }

    #[test]
    fn small_integers_agree_with_machine_arithmetic(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000) {
        let (x, y) = (Number::from(a), Number::from(b));
        prop_assert_eq!(x.checked_add(y).unwrap().to_i64(), Some(a + b));
        prop_assert_eq!(x.checked_mul(y).unwrap().to_i64(), Some(a * b));
        if b != 0 {
            prop_assert_eq!(x.modulo(y).unwrap().to_i64(), Some((a % b + b) % b));
        }
    }

    #[test]
    fn a_quotient_times_its_divisor_is_near(a in any_number(), b in any_number()) {
        prop_assume!(!b.is_zero());
        if let Some(quotient) = a.checked_div(b) {
            let back = quotient.checked_mul(b).unwrap();
            let error = back.checked_sub(a).unwrap().abs();
            let bound = a.abs().checked_mul("1e-33".parse().unwrap()).unwrap();
            prop_assert!(error <= bound, "{} / {} = {}", a, b, quotient);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[-+.0-9eE]{0,60}") {
        let _ = text.parse::<Number>();
    }

    #[test]
    fn no_function_panics(a in any_number(), b in any_number()) {
        let _ = (a.sqrt(), a.ln(), a.power(b), b.exp(), a.modulo(b), a.round(3, Rounding::Up));
    }
}
