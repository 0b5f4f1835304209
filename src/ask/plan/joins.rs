//! How datasets hang together: ways through the joins of a model.

use std::collections::VecDeque;

use super::dataset_of;
use crate::ask::Model;

/// The ends of a join: the dataset whose rows belong to one row of the other, and that other.
pub(in crate::ask) fn ends(model: &Model, join: usize) -> Option<(usize, usize)> {
    let join = model.joins.get(join)?;
    let side = |side: &str| dataset_of(model, side.split('.').next().unwrap_or(side));
    Some((side(&join.left)?, side(&join.right)?))
}

/// A way from one dataset to another: first to datasets of which each row has one, then to those that have many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::ask) struct Path {
    /// Joins from many to one.
    pub(in crate::ask) up: Vec<usize>,
    /// Joins from one to many.
    pub(in crate::ask) down: Vec<usize>,
}

/// The shortest way on which each row has one row of the other dataset at most.
pub(in crate::ask) fn up_path(model: &Model, from: usize, to: usize) -> Option<Vec<usize>> {
    let mut waiting = VecDeque::from([(from, Vec::new())]);
    let mut seen = vec![from];
    while let Some((at, way)) = waiting.pop_front() {
        if at == to {
            return Some(way);
        }
        for join in 0..model.joins.len() {
            if let Some((left, right)) = ends(model, join)
                && left == at
                && !seen.contains(&right)
            {
                seen.push(right);
                let mut longer = way.clone();
                longer.push(join);
                waiting.push_back((right, longer));
            }
        }
    }
    None
}

/// The shortest way at all: up, and then down.
pub(in crate::ask) fn path(model: &Model, from: usize, to: usize) -> Option<Path> {
    let apexes = 0..model.datasets.len();
    let ways = apexes.filter_map(|apex| {
        let up = up_path(model, from, apex)?;
        let mut down = up_path(model, to, apex)?;
        down.reverse();
        Some(Path { up, down })
    });
    ways.min_by_key(|path| path.up.len() + 2 * path.down.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::{Dataset, Join};

    #[test]
    fn ways_go_up_before_they_go_down() {
        let dataset = |name: &str| Dataset { name: name.to_owned(), ..Dataset::default() };
        let join = |left: &str, right: &str| Join { left: left.to_owned(), right: right.to_owned(), links: false };
        let model = Model {
            datasets: vec![dataset("customers"), dataset("sales"), dataset("tickets")],
            joins: vec![join("sales.customer_id", "customers.id"), join("tickets.customer_id", "customers.id")],
            ..Model::default()
        };
        assert_eq!(up_path(&model, 1, 0), Some(vec![0]));
        assert_eq!(up_path(&model, 0, 1), None);
        assert_eq!(path(&model, 1, 2), Some(Path { up: vec![0], down: vec![1] }));
        assert_eq!(path(&model, 1, 1), Some(Path::default()));
    }
}
