//! Parts of what errors say.

pub(super) fn place_words(line: Option<u64>, column: Option<u64>) -> String {
    match (line, column) {
        (Some(line), Some(column)) => format!(" at line {line}, column {column}"),
        (Some(line), None) => format!(" at line {line}"),
        _ => String::new(),
    }
}

pub(super) fn table_words(suggestions: &[String], schemas: &[String]) -> String {
    match (suggestions, schemas) {
        ([], []) => ", SHOW TABLES lists those there are".to_owned(),
        ([], schemas) => format!(", SHOW TABLES lists those there are (schemas: {})", schemas.join(", ")),
        (suggestions, _) => format!(", did you mean {}", suggestions.join(" or ")),
    }
}

pub(super) fn column_words(suggestions: &[String], columns: &[String]) -> String {
    match (suggestions, columns) {
        ([], []) => String::new(),
        ([], columns) => format!(" (columns: {})", columns.join(", ")),
        (suggestions, _) => format!(", did you mean {}", suggestions.join(" or ")),
    }
}
