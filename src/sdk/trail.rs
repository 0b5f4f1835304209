//! Whether pages lead to an end: a service that leads in a circle would be read for ever, and each of its rows again and again.

use super::ConnectorError;

/// The places where a list went on, page after page. One that comes again leads to no end.
#[derive(Clone, Debug)]
pub struct Trail<T> {
    service: String,
    what: String,
    circle: Circle<T>,
}

impl<T: Clone + PartialEq> Trail<T> {
    /// Through the pages of a service, which says by what the list goes on: `Trail::of("Slack", "the cursor of users.list")`.
    pub fn of(service: impl Into<String>, what: impl Into<String>) -> Self {
        Self { service: service.into(), what: what.into(), circle: Circle::default() }
    }

    /// The same, of a read that begins at a place and not with the first page.
    #[must_use]
    pub fn behind(self, place: Option<&T>) -> Self {
        Self { circle: Circle::behind(place), ..self }
    }

    /// Takes note of where the list goes on. It is called before rows are given and before the place is kept, so that neither
    /// comes out of a circle that is seen.
    ///
    /// # Errors
    /// `Protocol` where it leads in a circle.
    pub fn follow(&mut self, next: &T) -> Result<(), ConnectorError> {
        if !self.circle.closes(next) {
            return Ok(());
        }
        let message = format!("{} leads in a circle: {} comes again", self.service, self.what);
        Err(ConnectorError::Protocol { message, cause: None })
    }
}

/// Sees whether a way leads in a circle.
///
/// Its places are not all kept: one is marked, and after ever longer ways another one in its stead, so that a mark comes to
/// stand in every circle and all around it is seen (R. P. Brent, *An improved Monte Carlo factorization algorithm*, 1980).
#[derive(Clone, Debug)]
pub struct Circle<T> {
    last: Option<T>,
    mark: Option<T>,
    since_mark: u64,
    next_mark: u64,
}

impl<T> Default for Circle<T> {
    fn default() -> Self {
        Self { last: None, mark: None, since_mark: 0, next_mark: 0 }
    }
}

impl<T: Clone + PartialEq> Circle<T> {
    /// Of a way that begins at a place.
    pub fn behind(place: Option<&T>) -> Self {
        Self { last: place.cloned(), ..Self::default() }
    }

    /// Takes note of the next place; whether the way was there before.
    pub fn closes(&mut self, next: &T) -> bool {
        if self.last.as_ref() == Some(next) || self.mark.as_ref() == Some(next) {
            return true;
        }
        if self.since_mark >= self.next_mark {
            self.mark = Some(next.clone());
            self.next_mark = (2 * self.next_mark).max(1);
            self.since_mark = 0;
        }
        self.since_mark += 1;
        self.last = Some(next.clone());
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pages are followed where that of place `n` leads to `to(n)`, and what is said then.
    fn followed(to: impl Fn(u64) -> u64) -> (u64, Option<String>) {
        let mut trail = Trail::of("The service", "its cursor");
        let mut place = 0;
        for count in 0..5_000 {
            place = to(place);
            if let Err(error) = trail.follow(&place) {
                return (count, Some(error.to_string()));
            }
        }
        (5_000, None)
    }

    #[test]
    fn circles_are_seen_whatever_their_length_and_where_they_begin() {
        for (before, length) in [(0, 1), (0, 2), (1, 2), (7, 3), (40, 100), (900, 1)] {
            let end = before + length;
            let (count, told) = followed(|at| if at == end { before + 1 } else { at + 1 });
            let words = "The service leads in a circle: its cursor comes again";
            assert_eq!(told.as_deref(), Some(words), "{length} behind {before}");
            assert!(count <= 3 * end + 3, "{length} behind {before}: {count}");
        }
        assert_eq!(followed(|at| at + 1), (5_000, None));
    }

    #[test]
    fn a_page_that_leads_to_itself_is_seen_at_once() {
        let mut trail = Trail::of("The service", "its cursor");
        assert!(trail.follow(&1).is_ok() && trail.follow(&2).is_ok() && trail.follow(&3).is_ok());
        assert!(trail.follow(&3).is_err());
        assert!(Trail::of("The service", "its cursor").behind(Some(&7)).follow(&7).is_err());
    }
}
