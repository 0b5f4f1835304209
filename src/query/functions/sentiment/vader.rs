//! VADER's rules: what each word says, and what the words around it make of that.
//!
//! They follow the authors' program (vaderSentiment 3.3.2) to the fourth decimal, its oddities too: numbers that are
//! compared with those of others have to be the same numbers.

use std::collections::HashMap;
use std::sync::LazyLock;

/// By how much a word of degree makes the next one stronger.
const DEGREE: f64 = 0.293;
/// By how much capital letters do, where other words are small.
const CAPITALS: f64 = 0.733;
/// What a negation makes of a word.
const NEGATION: f64 = -0.74;
/// How far a word of degree before the last still reaches.
const REACH: [f64; 3] = [1.0, 0.95, 0.9];

static LEXICON: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| {
    let pairs = include_str!("lexicon.txt").lines().filter_map(|line| line.rsplit_once('\t'));
    pairs.filter_map(|(word, valence)| Some((word, valence.parse().ok()?))).collect()
});
static EMOJI: LazyLock<HashMap<char, &str>> = LazyLock::new(|| {
    let pairs = include_str!("emoji.txt").lines().filter_map(|line| line.split_once('\t'));
    pairs.filter_map(|(emoji, words)| Some((emoji.chars().next()?, words))).collect()
});

const STRONGER: [&str; 60] = [
    "absolutely",
    "amazingly",
    "awfully",
    "completely",
    "considerable",
    "considerably",
    "decidedly",
    "deeply",
    "effing",
    "enormous",
    "enormously",
    "entirely",
    "especially",
    "exceptional",
    "exceptionally",
    "extreme",
    "extremely",
    "fabulously",
    "flippin",
    "flipping",
    "frackin",
    "fracking",
    "frickin",
    "fricking",
    "friggin",
    "frigging",
    "fuckin",
    "fucking",
    "fuggin",
    "fugging",
    "fully",
    "greatly",
    "hella",
    "highly",
    "hugely",
    "incredible",
    "incredibly",
    "intensely",
    "major",
    "majorly",
    "more",
    "most",
    "particularly",
    "purely",
    "quite",
    "really",
    "remarkably",
    "so",
    "substantially",
    "thoroughly",
    "total",
    "totally",
    "tremendous",
    "tremendously",
    "uber",
    "unbelievably",
    "unusually",
    "utter",
    "utterly",
    "very",
];
const WEAKER: [&str; 24] = [
    "almost",
    "barely",
    "hardly",
    "just enough",
    "kind of",
    "kind-of",
    "kinda",
    "kindof",
    "less",
    "little",
    "marginal",
    "marginally",
    "occasional",
    "occasionally",
    "partly",
    "scarce",
    "scarcely",
    "slight",
    "slightly",
    "somewhat",
    "sort of",
    "sort-of",
    "sorta",
    "sortof",
];
const NEGATIONS: [&str; 59] = [
    "ain't",
    "aint",
    "aren't",
    "arent",
    "can't",
    "cannot",
    "cant",
    "couldn't",
    "couldnt",
    "daren't",
    "darent",
    "despite",
    "didn't",
    "didnt",
    "doesn't",
    "doesnt",
    "don't",
    "dont",
    "hadn't",
    "hadnt",
    "hasn't",
    "hasnt",
    "haven't",
    "havent",
    "isn't",
    "isnt",
    "mightn't",
    "mightnt",
    "mustn't",
    "mustnt",
    "needn't",
    "neednt",
    "neither",
    "never",
    "none",
    "nope",
    "nor",
    "not",
    "nothing",
    "nowhere",
    "oughtn't",
    "oughtnt",
    "rarely",
    "seldom",
    "shan't",
    "shant",
    "shouldn't",
    "shouldnt",
    "uh-uh",
    "uhuh",
    "wasn't",
    "wasnt",
    "weren't",
    "werent",
    "without",
    "won't",
    "wont",
    "wouldn't",
    "wouldnt",
];
/// Phrases that mean something else than their words.
const IDIOMS: [(&str, f64); 9] = [
    ("the shit", 3.0),
    ("the bomb", 3.0),
    ("bad ass", 1.5),
    ("badass", 1.5),
    ("bus stop", 0.0),
    ("yeah right", -2.0),
    ("kiss of death", -1.5),
    ("to die for", 3.0),
    ("beating heart", 3.5),
];

/// The compound score of a text, rounded to four decimals.
pub(super) fn compound(text: &str) -> f64 {
    let text = with_emoji_in_words(text);
    let words = Words::of(&text);
    if words.written.is_empty() {
        return 0.0;
    }
    let mut valences: Vec<f64> = (0..words.written.len()).map(|place| words.valence(place)).collect();
    words.weigh_around_but(&mut valences);
    let mut sum: f64 = valences.iter().sum();
    let emphasis = emphasis(&text);
    if sum > 0.0 {
        sum += emphasis;
    } else if sum < 0.0 {
        sum -= emphasis;
    }
    let score = (sum / (sum * sum + 15.0).sqrt()).clamp(-1.0, 1.0);
    (score * 10_000.0).round() / 10_000.0 + 0.0
}

fn with_emoji_in_words(text: &str) -> String {
    if text.is_ascii() {
        return text.trim().to_owned();
    }
    let mut words = String::with_capacity(text.len());
    let mut after_blank = true;
    for character in text.chars() {
        if let Some(description) = EMOJI.get(&character) {
            if !after_blank {
                words.push(' ');
            }
            words.push_str(description);
            after_blank = false;
        } else {
            words.push(character);
            after_blank = character == ' ';
        }
    }
    words.trim().to_owned()
}

/// What exclamation and question marks add.
fn emphasis(text: &str) -> f64 {
    let count = |mark: u8| text.bytes().filter(|byte| *byte == mark).count();
    let exclamations = count(b'!').min(4) as f64 * 0.292;
    let questions = match count(b'?') {
        0 | 1 => 0.0,
        few @ (2 | 3) => few as f64 * 0.18,
        _ => 0.96,
    };
    exclamations + questions
}

/// A text's words, as they are written and small.
struct Words<'a> {
    written: Vec<&'a str>,
    small: Vec<String>,
    /// Whether some are in capital letters alone and others are not.
    capitals_tell: bool,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let written: Vec<&str> = text.split_whitespace().map(without_marks).collect();
        let capitals = written.iter().filter(|word| is_capitals(word)).count();
        Self {
            small: written.iter().map(|word| word.to_lowercase()).collect(),
            capitals_tell: capitals > 0 && capitals < written.len(),
            written,
        }
    }

    fn small(&self, place: usize) -> &str {
        &self.small[place]
    }

    fn is(&self, place: Option<usize>, words: &[&str]) -> bool {
        place.and_then(|place| self.small.get(place)).is_some_and(|word| words.contains(&word.as_str()))
    }

    fn valence(&self, place: usize) -> f64 {
        let word = self.small(place);
        let back = |steps: usize| place.checked_sub(steps);
        if degree(word).is_some() || (word == "kind" && self.is(Some(place + 1), &["of"])) {
            return 0.0;
        }
        let Some(known) = LEXICON.get(word).copied() else { return 0.0 };
        let mut valence = known;
        // "No" before a word of the lexicon negates that one.
        if word == "no" && self.small.get(place + 1).is_some_and(|next| LEXICON.contains_key(next.as_str())) {
            valence = 0.0;
        }
        if self.is(back(1), &["no"])
            || self.is(back(2), &["no"])
            || (self.is(back(3), &["no"]) && self.is(back(1), &["or", "nor"]))
        {
            valence = known * NEGATION;
        }
        if self.capitals_tell && is_capitals(self.written[place]) {
            valence += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        for (steps, reach) in REACH.iter().enumerate() {
            let Some(before) = back(steps + 1).filter(|before| !LEXICON.contains_key(self.small(*before))) else {
                continue;
            };
            valence += self.degree_at(before, valence) * reach;
            valence = self.negated(valence, place, steps);
            if steps == 2 {
                valence = self.as_idiom(valence, place);
            }
        }
        if self.is(back(1), &["least"]) && !LEXICON.contains_key("least") && !self.is(back(2), &["at", "very"]) {
            valence *= NEGATION;
        }
        valence
    }

    /// What a word of degree adds to a valence that follows it.
    fn degree_at(&self, place: usize, valence: f64) -> f64 {
        let Some(mut degree) = degree(self.small(place)) else { return 0.0 };
        if valence < 0.0 {
            degree = -degree;
        }
        if self.capitals_tell && is_capitals(self.written[place]) {
            degree += if valence > 0.0 { CAPITALS } else { -CAPITALS };
        }
        degree
    }

    /// What a negation so many words before the last one makes of a valence.
    fn negated(&self, valence: f64, place: usize, steps: usize) -> f64 {
        let back = |steps: usize| place.checked_sub(steps);
        let (is_so, without_doubt) = match steps {
            1 => (
                self.is(back(2), &["never"]) && self.is(back(1), &["so", "this"]),
                self.is(back(2), &["without"]) && self.is(back(1), &["doubt"]),
            ),
            2 => (
                (self.is(back(3), &["never"]) && self.is(back(2), &["so", "this"]))
                    || self.is(back(1), &["so", "this"]),
                self.is(back(3), &["without"]) && (self.is(back(2), &["doubt"]) || self.is(back(1), &["doubt"])),
            ),
            _ => (false, false),
        };
        let negates = |word: &str| NEGATIONS.binary_search(&word).is_ok() || word.contains("n't");
        if is_so {
            valence * 1.25
        } else if !without_doubt && back(steps + 1).is_some_and(|before| negates(self.small(before))) {
            valence * NEGATION
        } else {
            valence
        }
    }

    /// The valence of an idiom that the word is part of, and what words of degree with a blank in them add. There are three
    /// words before it.
    fn as_idiom(&self, mut valence: f64, place: usize) -> f64 {
        let phrase = |from: usize, to: usize| self.small.get(from..to).map(|words| words.join(" "));
        let idiom = |phrase: Option<String>| {
            let phrase = phrase?;
            IDIOMS.iter().find(|(idiom, _)| *idiom == phrase).map(|(_, valence)| *valence)
        };
        let before = [(1, 1), (2, 1), (2, 0), (3, 0), (3, -1)];
        let ending = before.iter().find_map(|(from, to)| {
            let to = place.checked_add_signed(*to)?;
            idiom(phrase(place - from, to))
        });
        valence = ending.unwrap_or(valence);
        for length in [2, 3] {
            valence = idiom(phrase(place, place + length)).unwrap_or(valence);
        }
        for (from, to) in [(3, 0), (3, 1), (2, 0)] {
            valence += phrase(place - from, place - to).and_then(|phrase| degree(&phrase)).unwrap_or_default();
        }
        valence
    }

    /// What stands before "but" counts half, what stands behind it half more. Where a valence comes several times, the
    /// authors' program changes the first one each time.
    fn weigh_around_but(&self, valences: &mut [f64]) {
        let Some(but) = self.small.iter().position(|word| word == "but") else { return };
        let telling: Vec<usize> = (0..valences.len()).filter(|place| valences[*place] != 0.0).collect();
        for place in &telling {
            let valence = valences[*place];
            let Some(first) = telling.iter().copied().find(|other| valences[*other] == valence) else { continue };
            if first < but {
                valences[first] *= 0.5;
            } else if first > but {
                valences[first] *= 1.5;
            }
        }
    }
}

/// By how much a word or phrase of degree makes the next one stronger.
fn degree(word: &str) -> Option<f64> {
    if STRONGER.binary_search(&word).is_ok() {
        Some(DEGREE)
    } else if WEAKER.binary_search(&word).is_ok() {
        Some(-DEGREE)
    } else {
        None
    }
}

/// A word without the marks around it. What is left of smileys is too short, so that they stay.
fn without_marks(word: &str) -> &str {
    let stripped = word.trim_matches(|character: char| character.is_ascii_punctuation());
    if stripped.chars().count() > 2 { stripped } else { word }
}

/// Whether all letters of a word, and one at least, are capital ones.
fn is_capitals(word: &str) -> bool {
    word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the authors' program gives: the examples of their README first, then what is told wrongly most easily.
    const EXAMPLES: &[(&str, f64)] = &[
        ("VADER is smart, handsome, and funny.", 0.8316),
        ("VADER is smart, handsome, and funny!", 0.8439),
        ("VADER is very smart, handsome, and funny.", 0.8545),
        ("VADER is VERY SMART, handsome, and FUNNY.", 0.9227),
        ("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342),
        ("VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!", 0.9469),
        ("VADER is not smart, handsome, nor funny.", -0.7424),
        ("The book was good.", 0.4404),
        ("At least it isn't a horrible book.", 0.431),
        ("The book was only kind of good.", 0.3832),
        ("The plot was good, but the characters are uncompelling and the dialog is not great.", -0.7042),
        ("Today SUX!", -0.5461),
        ("Today only kinda sux! But I'll get by, lol", 0.5249),
        ("Make sure you :) or :D today!", 0.8633),
        ("Catch utf-8 emoji such as 💘 and 💋 and 😁", 0.875),
        ("Not bad at all", 0.431),
        ("Sentiment analysis has never been good.", -0.3412),
        ("Sentiment analysis has never been this good!", 0.5672),
        ("Most automated sentiment analysis tools are shit.", -0.5574),
        ("With VADER, sentiment analysis is the shit!", 0.6476),
        ("Other sentiment analysis tools can be quite bad.", -0.5849),
        ("On the other hand, VADER is quite bad ass", 0.802),
        ("VADER is such a badass!", 0.4003),
        ("Without a doubt, excellent idea.", 0.7013),
        ("Roger Dodger is one of the most compelling variations on this theme.", 0.2944),
        ("Roger Dodger is at least compelling as a variation on the theme.", 0.2263),
        ("Roger Dodger is one of the least compelling variations on this theme.", -0.1695),
        ("Not such a badass after all.", -0.2584),
        ("Without a doubt, an excellent idea.", 0.7013),
        ("This person is so good today friend", 0.8023),
        ("No problem at all, thanks", 0.6319),
        ("there is no pain nor harm here", 0.0857),
        ("I love it but I hate it but I love it", 0.5187),
        ("ok??", 0.0),
        ("why??? so bad?", -0.6959),
        ("Thanks!!!!! great support", 0.8972),
        ("we are waiting since three days, this is unacceptable", -0.4588),
        ("Großartig, danke! ❤", 0.6696),
        ("least favourite", 0.0),
        ("sort of a good friend", 0.701),
        ("YEAH RIGHT great service", 0.7925),
        ("the kiss of death for a good deal", 0.4939),
        ("It isn't nothing good", 0.2594),
        ("good good but bad bad", -0.8225),
        ("", 0.0),
        ("   ", 0.0),
        ("xyz", 0.0),
    ];

    #[test]
    fn scores_are_those_of_the_authors_program() {
        for (text, expected) in EXAMPLES {
            assert!((compound(text) - expected).abs() < 1e-9, "{text}: {} instead of {expected}", compound(text));
        }
    }

    #[test]
    fn the_lists_can_be_searched() {
        assert!(STRONGER.is_sorted() && WEAKER.is_sorted() && NEGATIONS.is_sorted());
        assert_eq!((LEXICON.len(), EMOJI.len()), (7492, 1212));
    }
}
