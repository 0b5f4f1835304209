//! Number formats: what a number in a cell stands for.

/// What a format makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Number,
    Percent,
    Currency,
    /// A day.
    Date,
    /// A day with a time of day.
    Moment,
    /// A time of day, or a duration.
    Time,
}

impl Format {
    /// Reads a format in its English form, as `numberFormat` gives it. Only its first part, that of positive numbers, counts.
    pub(super) fn of(format: &str) -> Self {
        let signs = signs(format);
        let has = |signs_of: &[char]| signs.plain.contains(signs_of);
        let (is_day, is_hour) = (has(&['d', 'y']), has(&['h', 's']) || signs.is_elapsed);
        // An m alone is of a month; beside hours or seconds, of minutes.
        let is_month = has(&['m']) && !is_hour;
        match () {
            () if signs.is_text => Self::Number,
            () if is_day && is_hour => Self::Moment,
            () if is_day || (is_month && !has(&['0', '#', '?'])) => Self::Date,
            () if is_hour => Self::Time,
            () if signs.plain.contains('%') => Self::Percent,
            () if signs.is_currency => Self::Currency,
            () => Self::Number,
        }
    }
}

/// What is left of a format without what it shows as it is.
#[derive(Default)]
struct Signs {
    plain: String,
    is_currency: bool,
    /// `[h]`, `[mm]`, `[ss]`: hours, minutes or seconds beyond their clock.
    is_elapsed: bool,
    /// `General` or `@`.
    is_text: bool,
}

fn signs(format: &str) -> Signs {
    let mut signs = Signs::default();
    let trimmed = format.trim();
    if trimmed.eq_ignore_ascii_case("general") || trimmed == "@" || trimmed.is_empty() {
        signs.is_text = true;
        return signs;
    }
    let mut rest = trimmed.chars().peekable();
    while let Some(sign) = rest.next() {
        match sign {
            ';' => break,
            '"' => {
                let quoted: String = rest.by_ref().take_while(|sign| *sign != '"').collect();
                signs.is_currency |= quoted.chars().any(is_money) || CURRENCIES.contains(&quoted.trim());
            }
            '\\' | '_' | '*' => {
                signs.is_currency |= sign == '\\' && rest.peek().copied().is_some_and(is_money);
                rest.next();
            }
            '[' => {
                let inside: String = rest.by_ref().take_while(|sign| *sign != ']').collect();
                // `[$€-407]` is a currency, `[$-409]` a language alone.
                let symbol = inside.strip_prefix('$').and_then(|inside| inside.split('-').next());
                signs.is_currency |= symbol.is_some_and(|symbol| !symbol.is_empty());
                let lower = inside.to_ascii_lowercase();
                signs.is_elapsed |=
                    !lower.is_empty() && ["h", "m", "s"].iter().any(|unit| lower.replace(unit, "").is_empty());
            }
            sign if is_money(sign) => signs.is_currency = true,
            sign => signs.plain.push(sign.to_ascii_lowercase()),
        }
    }
    // The word for halves of the day holds an m.
    signs.plain = signs.plain.replace("am/pm", "h").replace("a/p", "h");
    signs
}

/// Currencies that are written by their letters.
const CURRENCIES: &[&str] =
    &["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "JPY", "kr", "zł", "Kč", "Fr."];

fn is_money(sign: char) -> bool {
    matches!(sign, '$' | '€' | '£' | '¥' | '₹' | '₽' | '₩' | '₺' | '₴' | '₪' | '฿' | '₫' | '¢' | '¤')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_what_numbers_stand_for() {
        use Format::{Currency, Date, Moment, Number, Percent, Time};
        for (format, expected) in [
            ("General", Number),
            ("@", Number),
            ("0.00", Number),
            ("#,##0;[Red]-#,##0", Number),
            ("0.00E+00", Number),
            ("0%", Percent),
            ("0.0%;-0.0%", Percent),
            ("\"€\"#,##0.00", Currency),
            ("#,##0.00 [$€-407]", Currency),
            ("$#,##0_);($#,##0)", Currency),
            ("_(\"$\"* #,##0.00_)", Currency),
            ("#,##0\\ \"EUR\"", Currency),
            ("m/d/yyyy", Date),
            ("dd.mm.yyyy", Date),
            ("[$-409]mmmm d, yyyy", Date),
            ("mmm-yy", Date),
            ("yyyy\\-mm\\-dd hh:mm", Moment),
            ("m/d/yy h:mm AM/PM", Moment),
            ("h:mm:ss", Time),
            ("[h]:mm", Time),
            ("mm:ss.0", Time),
            ("0 \"days\"", Number),
            ("#,##0 \"pieces\"", Number),
        ] {
            assert_eq!(Format::of(format), expected, "{format}");
        }
    }
}
