//! Cuts a relation into pieces of about equally many rows.

use super::cursor::Span;

/// Fewer rows than this are read in one go; more are cut into pieces of about this many.
pub(super) const PIECE_ROWS: u64 = 100_000;
/// And so are fewer rows of more bytes than this.
pub(super) const PIECE_BYTES: u64 = 256 * 1024 * 1024;
/// More pieces than this are not made; they grow instead.
const MOST_PIECES: u64 = 10_000;

/// What is known of an integer key.
#[derive(Clone, Debug, Default)]
pub(super) struct KeyStatistics {
    /// The least and the greatest key; none where there are no rows.
    pub(super) ends: Option<(i64, i64)>,
    /// How far the order of the keys is that of the rows on disk, -1 to 1.
    pub(super) correlation: Option<f64>,
    /// Keys with equally many rows between them, as the last ANALYZE found them.
    pub(super) bounds: Vec<i64>,
}

/// How many rows a piece has, where a relation has so many rows and bytes: few rows may be huge.
pub(super) fn rows_of(rows: u64, bytes: u64) -> u64 {
    (rows / (bytes / PIECE_BYTES).max(1)).clamp(1, PIECE_ROWS)
}

/// Cuts `wanted` spans at keys that have about `piece_rows` of all `rows` between them.
///
/// Together the spans that come back are those that went in, in order: nothing is lost, however wrong the statistics.
pub(super) fn cut_key(wanted: &[Span], statistics: &KeyStatistics, rows: u64, piece_rows: u64) -> Vec<Span> {
    let cuts = cuts(statistics, rows, piece_rows.max(rows / MOST_PIECES + 1));
    let mut spans = Vec::new();
    for &Span(after, to) in wanted {
        let mut from = after;
        let is_inside = |cut: &&i64| after.is_none_or(|after| **cut > after) && to.is_none_or(|to| **cut < to);
        for &cut in cuts.iter().filter(is_inside) {
            spans.push(Span(from, Some(cut)));
            from = Some(cut);
        }
        spans.push(Span(from, to));
    }
    spans
}

/// Keys to cut at, growing.
fn cuts(statistics: &KeyStatistics, rows: u64, piece_rows: u64) -> Vec<i64> {
    let Some((least, greatest)) = statistics.ends else { return Vec::new() };
    let mut knots = vec![least];
    knots.extend(statistics.bounds.iter().copied().filter(|bound| (least..greatest).contains(bound)));
    knots.sort_unstable();
    knots.dedup();
    let counted_to = knots.last().copied().unwrap_or(least);
    let is_counted = knots.len() > 2;
    let buckets = (knots.len() - 1) as f64;
    // Where nothing is counted, the keys are taken to be evenly spread. Behind the last counted key they go on as before.
    let rows_per_bucket = if is_counted { rows as f64 / buckets } else { rows as f64 };
    let mut segments: Vec<(i64, i64, f64)> = knots.windows(2).map(|pair| (pair[0], pair[1], rows_per_bucket)).collect();
    if !is_counted {
        segments = vec![(least, greatest, rows_per_bucket)];
    } else if counted_to < greatest {
        let width = |from: i64, to: i64| to as f64 - from as f64;
        let behind = width(counted_to, greatest) / width(least, counted_to) * rows as f64;
        segments.push((counted_to, greatest, behind.min(rows as f64)));
    }
    let mut cuts = Vec::new();
    let mut gathered = 0.0;
    for (from, to, rows) in segments {
        let width = i128::from(to) - i128::from(from);
        let mut position = piece_rows as f64 - gathered;
        while position < rows {
            let key = i128::from(from) + (width as f64 * (position / rows)) as i128;
            if let Ok(key) = i64::try_from(key)
                && cuts.last().is_none_or(|last| *last < key)
                && key < greatest
            {
                cuts.push(key);
            }
            position += piece_rows as f64;
        }
        gathered = rows - (position - piece_rows as f64);
    }
    cuts
}

/// The first page of each piece; the last piece has no end, for pages that are added.
pub(super) fn cut_pages(pages: u64, rows: u64, piece_rows: u64) -> Vec<u64> {
    let count = (rows / piece_rows.max(1)).clamp(1, MOST_PIECES).min(pages.max(1));
    (0..count).map(|index| pages * index / count).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn huge_rows_make_small_pieces() {
        assert_eq!(rows_of(1_000_000, 100 << 20), PIECE_ROWS);
        assert_eq!(rows_of(1_000, 100 * PIECE_BYTES), 10);
        assert_eq!(rows_of(3, 100 * PIECE_BYTES), 1);
    }

    fn key() -> impl Strategy<Value = i64> {
        prop_oneof![any::<i64>(), -1000i64..1000, Just(i64::MIN), Just(i64::MAX)]
    }

    proptest! {
        #[test]
        fn cut_spans_are_the_whole_whatever_the_statistics(
            ends in proptest::option::of((key(), key())),
            bounds in proptest::collection::vec(key(), 0..20),
            rows in 0u64..10_000_000,
            middle in key(),
        ) {
            let statistics = KeyStatistics { ends: ends.map(|(a, b)| (a.min(b), a.max(b))), correlation: None, bounds };
            let wanted = [Span(None, Some(middle)), Span(Some(middle), None)];
            let spans = cut_key(&wanted, &statistics, rows, 1000);
            prop_assert_eq!(spans.first().map(|span| span.0), Some(None));
            prop_assert_eq!(spans.last().map(|span| span.1), Some(None));
            for pair in spans.windows(2) {
                prop_assert!(pair[0].1.is_some() && pair[0].1 == pair[1].0);
                prop_assert!(pair[0].0 < pair[0].1, "{:?}", pair[0]);
            }
        }
    }

    #[test]
    fn even_keys_are_cut_evenly() {
        let statistics = KeyStatistics { ends: Some((1, 1000)), ..KeyStatistics::default() };
        let spans = cut_key(&[Span(None, None)], &statistics, 1000, 250);
        assert_eq!(
            spans,
            [Span(None, Some(250)), Span(Some(250), Some(500)), Span(Some(500), Some(750)), Span(Some(750), None)]
        );
    }

    #[test]
    fn skewed_keys_are_cut_where_the_rows_are() {
        let statistics =
            KeyStatistics { ends: Some((0, 1_000_000)), correlation: None, bounds: vec![0, 10, 20, 30, 1_000_000] };
        let spans = cut_key(&[Span(None, None)], &statistics, 400, 100);
        let within_thirty = spans.iter().filter(|span| span.1.is_some_and(|to| to <= 30)).count();
        assert!(within_thirty >= 2, "{spans:?}");
    }

    #[test]
    fn pages_are_cut_into_growing_pieces() {
        assert_eq!(cut_pages(100, 1000, 250), [0, 25, 50, 75]);
        assert_eq!(cut_pages(0, 0, 250), [0]);
        assert_eq!(cut_pages(2, 1_000_000, 10), [0, 1]);
    }
}
