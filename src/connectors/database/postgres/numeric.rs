//! Reads PostgreSQL's binary numeric into the integer of a decimal, exactly.

/// Why a numeric is no decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotDecimal {
    NaN,
    Infinity,
    /// It has more digits, before or behind the point, than the column holds.
    TooLong,
    /// The bytes are no numeric.
    Malformed,
}

const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xc000;
const INFINITY: u16 = 0xd000;
const MINUS_INFINITY: u16 = 0xf000;

const POWERS_OF_TEN: [i128; 39] = powers_of_ten();

const fn powers_of_ten() -> [i128; 39] {
    let mut powers = [1; 39];
    let mut index = 1;
    while index < 39 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
}

/// `value × 10^scale` as an integer of at most `precision` digits (up to 38).
pub(super) fn decimal(bytes: &[u8], precision: u8, scale: i8) -> Result<i128, NotDecimal> {
    let (header, digits) = bytes.split_first_chunk::<8>().ok_or(NotDecimal::Malformed)?;
    let [c0, c1, w0, w1, s0, s1, _, _] = *header;
    let count = u16::from_be_bytes([c0, c1]);
    let weight = i32::from(i16::from_be_bytes([w0, w1]));
    let sign = u16::from_be_bytes([s0, s1]);
    match sign {
        0 | NEGATIVE => {}
        NAN => return Err(NotDecimal::NaN),
        INFINITY | MINUS_INFINITY => return Err(NotDecimal::Infinity),
        _ => return Err(NotDecimal::Malformed),
    }
    if digits.len() != usize::from(count) * 2 {
        return Err(NotDecimal::Malformed);
    }
    // Power of ten of the last digit's place, in units of the result.
    let last_place = 4 * (weight - i32::from(count) + 1) + i32::from(scale);
    let magnitude = match count {
        0 => 0,
        // Four digits of base 10000 with a small shift fit 64 bits, and are what nearly all values are.
        1..=3 if (0..=4).contains(&last_place) => {
            let short = digits
                .chunks_exact(2)
                .fold(0u64, |sum, digit| sum * 10_000 + u64::from(u16::from_be_bytes([digit[0], digit[1]])));
            i128::from(short) * POWERS_OF_TEN[last_place.unsigned_abs() as usize]
        }
        1..=4 if (-3..0).contains(&last_place) => {
            let short = digits
                .chunks_exact(2)
                .fold(0u64, |sum, digit| sum * 10_000 + u64::from(u16::from_be_bytes([digit[0], digit[1]])));
            let divisor = [1, 10, 100, 1_000][last_place.unsigned_abs() as usize];
            if short % divisor != 0 {
                return Err(NotDecimal::TooLong);
            }
            i128::from(short / divisor)
        }
        _ => long(digits, last_place)?,
    };
    if magnitude > POWERS_OF_TEN[usize::from(precision.min(38))] - 1 {
        return Err(NotDecimal::TooLong);
    }
    Ok(if sign == NEGATIVE { -magnitude } else { magnitude })
}

/// Digit by digit, since the whole may be longer than what is kept of it.
fn long(digits: &[u8], last_place: i32) -> Result<i128, NotDecimal> {
    let mut magnitude = 0i128;
    let mut place = last_place + 2 * (i32::try_from(digits.len()).map_err(|_| NotDecimal::Malformed)? - 2);
    for digit in digits.chunks_exact(2) {
        let digit = i128::from(u16::from_be_bytes([digit[0], digit[1]]));
        let part = match place {
            _ if digit == 0 => 0,
            0.. => {
                let power = usize::try_from(place)
                    .ok()
                    .and_then(|place| POWERS_OF_TEN.get(place))
                    .ok_or(NotDecimal::TooLong)?;
                digit.checked_mul(*power).ok_or(NotDecimal::TooLong)?
            }
            -3..0 => {
                let divisor = POWERS_OF_TEN[place.unsigned_abs() as usize];
                if digit % divisor != 0 {
                    return Err(NotDecimal::TooLong);
                }
                digit / divisor
            }
            _ => return Err(NotDecimal::TooLong),
        };
        magnitude = magnitude.checked_add(part).ok_or(NotDecimal::TooLong)?;
        place -= 4;
    }
    Ok(magnitude)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn binary(weight: i16, sign: u16, digits: &[u16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&(digits.len() as u16).to_be_bytes());
        bytes.extend_from_slice(&weight.to_be_bytes());
        bytes.extend_from_slice(&sign.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
        for digit in digits {
            bytes.extend_from_slice(&digit.to_be_bytes());
        }
        bytes
    }

    /// What the server sends for `integer × 10^-scale`.
    fn encode(integer: i128, scale: u32) -> Vec<u8> {
        let digits = format!("{:0>width$}", integer.unsigned_abs(), width = scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
        let whole = format!("{}{whole}", "0".repeat((4 - whole.len() % 4) % 4));
        let fraction = format!("{fraction}{}", "0".repeat((4 - fraction.len() % 4) % 4));
        let weight = whole.len() as i32 / 4 - 1;
        let all = format!("{whole}{fraction}");
        let mut digits: Vec<u16> = (0..all.len() / 4).map(|at| all[at * 4..at * 4 + 4].parse().unwrap()).collect();
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..leading);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        let weight = if digits.is_empty() { 0 } else { weight - leading as i32 };
        binary(weight as i16, if integer < 0 { NEGATIVE } else { 0 }, &digits)
    }

    proptest! {
        #[test]
        fn every_decimal_of_38_digits_is_read_back(
            integer in -(10i128.pow(38) - 1)..10i128.pow(38),
            shrink in 0u32..38,
            scale in 0u32..=38,
        ) {
            let integer = integer / 10i128.pow(shrink);
            prop_assert_eq!(decimal(&encode(integer, scale), 38, scale as i8), Ok(integer));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40), scale in 0i8..=38) {
            decimal(&bytes, 38, scale).ok();
        }
    }

    #[test]
    fn what_has_no_decimal_is_told() {
        assert_eq!(decimal(&binary(0, NAN, &[]), 10, 2), Err(NotDecimal::NaN));
        assert_eq!(decimal(&binary(0, MINUS_INFINITY, &[]), 10, 2), Err(NotDecimal::Infinity));
        assert_eq!(decimal(&binary(0, 0, &[1, 1]), 10, 2), Err(NotDecimal::TooLong));
        assert_eq!(decimal(&binary(2, 0, &[1]), 8, 0), Err(NotDecimal::TooLong));
        assert_eq!(decimal(&[0, 1, 0, 0], 10, 2), Err(NotDecimal::Malformed));
        assert_eq!(decimal(&binary(0, 0, &[]), 10, 2), Ok(0));
    }
}
