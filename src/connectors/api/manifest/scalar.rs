//! What an unquoted word of YAML 1.1 is: a number, a boolean, nothing, or a text.

use super::super::value::Value;

/// The value of an unquoted scalar.
pub(super) fn resolve(word: &str) -> Value {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => return Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let could_be_number =
        word.bytes().next().is_some_and(|first| first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.'));
    if !could_be_number {
        return Value::str(word);
    }
    integer(word).map(Value::int).or_else(|| float(word).map(Value::Float)).unwrap_or_else(|| Value::str(word))
}

fn integer(word: &str) -> Option<i128> {
    let (negative, digits) = match word.as_bytes().first()? {
        b'-' => (true, &word[1..]),
        b'+' => (false, &word[1..]),
        _ => (false, word),
    };
    let plain = digits.replace('_', "");
    let radix = |prefix: usize, base: u32, known: fn(&u8) -> bool| {
        let rest = digits.get(prefix..)?;
        let well_formed = !rest.is_empty() && rest.bytes().all(|byte| byte == b'_' || known(&byte));
        well_formed.then(|| i128::from_str_radix(plain.get(prefix..)?, base).ok())?
    };
    let number = if digits.starts_with("0b") {
        radix(2, 2, |byte| matches!(byte, b'0' | b'1'))?
    } else if digits.starts_with("0x") {
        radix(2, 16, u8::is_ascii_hexdigit)?
    } else if digits == "0" {
        0
    } else if digits.starts_with('0') {
        radix(1, 8, |byte| (b'0'..=b'7').contains(byte))?
    } else if digits.contains(':') {
        sixties(digits)?
    } else {
        let starts = digits.bytes().next()?.is_ascii_digit();
        let well_formed = starts && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        well_formed.then(|| plain.parse().ok())??
    };
    Some(if negative { -number } else { number })
}

/// `190:20:30`, which YAML 1.1 reads to the base of sixty.
fn sixties(digits: &str) -> Option<i128> {
    let mut parts = digits.split(':');
    let first = parts.next()?;
    if first.starts_with('0') || !first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return None;
    }
    let mut number: i128 = first.replace('_', "").parse().ok()?;
    for part in parts {
        if part.is_empty() || part.len() > 2 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        number = number.checked_mul(60)?.checked_add(part.parse::<i128>().ok().filter(|part| *part < 60)?)?;
    }
    Some(number)
}

/// A float has a point, and its exponent a sign: `1e5` is a text.
fn float(word: &str) -> Option<f64> {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(place) => (&digits[..place], Some(&digits[place + 1..])),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.')?;
    let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let starts_well = if whole.is_empty() {
        fraction.bytes().next()?.is_ascii_digit()
    } else {
        whole.bytes().next()?.is_ascii_digit()
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['+', '-'])
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let well_formed = starts_well && exponent_fits && only_digits(whole) && only_digits(fraction);
    well_formed.then(|| word.replace('_', "").parse().ok())?
}
