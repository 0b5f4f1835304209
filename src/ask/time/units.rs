//! Units in which durations are measured.

/// How many minutes a unit of time has; nothing for one whose length differs, such as a month, and for what is none.
pub(in crate::ask) fn minutes(unit: &str) -> Option<f64> {
    Some(match unit {
        "s" | "second" | "seconds" => 1. / 60.,
        "min" | "minute" | "minutes" => 1.,
        "h" | "hour" | "hours" => 60.,
        "d" | "day" | "days" => 1_440.,
        "week" | "weeks" => 10_080.,
        _ => return None,
    })
}

/// Whether a unit is one of time.
pub(in crate::ask) fn is_of_time(unit: &str) -> bool {
    minutes(unit).is_some() || matches!(unit, "month" | "months" | "year" | "years")
}
