//! The values of a range, without their formats.

use serde_json::Value;

use super::super::api::Api;
use super::super::config::Service;
use super::cell::Cell;
use crate::sdk::ConnectorError;
use crate::sdk::http::segment;

/// Rows of a range that begins at row `first`, as far as they are filled: dates are numbers, and numbers are whole.
pub(super) async fn of_range(
    api: &Api,
    spreadsheet: &str,
    range: &str,
    first: usize,
) -> Result<Vec<Vec<Cell>>, ConnectorError> {
    let path = format!("v4/spreadsheets/{}/values/{}", segment(spreadsheet), segment(range));
    let asked = [
        ("majorDimension", "ROWS"),
        ("valueRenderOption", "UNFORMATTED_VALUE"),
        ("dateTimeRenderOption", "SERIAL_NUMBER"),
    ];
    let answer: Value = api.get(Service::Sheets, &path, &asked).await?;
    let begins_at = answer.get("range").and_then(Value::as_str).and_then(first_row).unwrap_or(first);
    // A server that speaks less of the API than Google's gives the whole tab, whatever is asked for.
    let before = first.saturating_sub(begins_at);
    let rows = answer.get("values").and_then(Value::as_array).into_iter().flatten().skip(before);
    Ok(rows.map(|row| row.as_array().into_iter().flatten().map(Cell::of_value).collect()).collect())
}

/// The first row of a range such as `'Sheet 1'!A2:C20`, counted from 0.
fn first_row(range: &str) -> Option<usize> {
    let (_, cells) = range.rsplit_once('!')?;
    let corner =
        cells.split(':').next()?.trim_start_matches(|letter: char| letter.is_ascii_alphabetic() || letter == '$');
    corner.parse::<usize>().ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_tell_where_they_begin() {
        assert_eq!(first_row("'Bob''s!'!A12:C20"), Some(11));
        assert_eq!(first_row("Sheet1!$B$1"), Some(0));
        assert_eq!(first_row("Sheet1!A:B"), None);
        assert_eq!(first_row("Sheet1"), None);
    }
}
