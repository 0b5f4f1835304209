//! Counts in sentences: one row is, two rows are.

/// A count with the word that fits it, and with more of the sentence where that changes, too:
/// `counted(1, "row has", "rows have")` is `1 row has`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let files = [0, 1, 2].map(|number| counted(number, "file", "files"));
        assert_eq!(files, ["0 files", "1 file", "2 files"]);
    }
}
