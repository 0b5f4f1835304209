//! Sets of numbers: `1:3,7,*` (RFC 3501, section 9).

/// Ranges of sequence numbers or UIDs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NumberSet(Vec<(u32, u32)>);

impl NumberSet {
    /// Reads a set; `*` is the `largest` number in use.
    pub(super) fn parse(text: &str, largest: u32) -> Option<Self> {
        let number = |text: &str| match text {
            "*" => Some(largest),
            digits => digits.parse().ok().filter(|number| *number > 0),
        };
        let range = |part: &str| {
            let (first, last) = part.split_once(':').unwrap_or((part, part));
            let (first, last) = (number(first)?, number(last)?);
            Some((first.min(last), first.max(last)))
        };
        text.split(',').map(range).collect::<Option<Vec<_>>>().map(Self)
    }

    pub(super) fn holds(&self, number: u32) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_read() {
        let set = NumberSet::parse("1:3,9,*", 12).unwrap();
        assert_eq!((1..15).filter(|number| set.holds(*number)).collect::<Vec<_>>(), [1, 2, 3, 9, 12]);
        // A range may be written either way round, and beyond the last there is still the last.
        assert!(NumberSet::parse("20:*", 12).unwrap().holds(12));
        for wrong in ["", "a", "0", "1:", "1,,2", "-1", "5000000000"] {
            assert_eq!(NumberSet::parse(wrong, 9), None, "{wrong}");
        }
    }
}
