//! Chance, by a named generator: a seed means the same world in every version.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

/// The generator of all chance.
pub(super) type Dice = Xoshiro256PlusPlus;

/// One of these, all equally likely.
pub(super) fn pick<T: Copy>(options: &[T], dice: &mut Dice) -> T {
    options[dice.random_range(0..options.len())]
}

/// One of several, each as likely as its share says.
pub(super) fn by_share<T: Copy>(options: &[(T, f64)], dice: &mut Dice) -> T {
    let mut left = dice.random::<f64>() * options.iter().map(|(_, share)| share).sum::<f64>();
    let found = options.iter().find(|(_, share)| {
        left -= share;
        left < 0.
    });
    found.unwrap_or(&options[0]).0
}

/// Noise of mean 0 and deviation 1 that never leaves ±3.
pub(super) fn noise(dice: &mut Dice) -> f64 {
    (0..3).map(|_| dice.random_range(-1.0..1.0)).sum()
}
