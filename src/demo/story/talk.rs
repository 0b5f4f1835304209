//! Conversations, one after the other as they are made up, put together into a channel in the order of time.

use chrono::{DateTime, TimeDelta, Utc};

use super::StoryMessage;

/// Something that is said.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Said {
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) author: usize,
    pub(in super::super) text: String,
    pub(in super::super) file: Option<String>,
}

/// A message with its answers.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct Conversation {
    pub(in super::super) first: Said,
    pub(in super::super) answers: Vec<Said>,
}

/// The messages of a channel, and where each conversation's are in it: first message and answers, by the order in which the
/// conversations were given. Moments that are taken are put off by a millisecond; what comes too late is put before the end.
pub(in super::super) fn channel(
    conversations: Vec<Conversation>,
    closed_at: DateTime<Utc>,
) -> (Vec<StoryMessage>, Vec<Vec<usize>>) {
    let latest = closed_at - TimeDelta::seconds(60);
    let mut said: Vec<(Said, usize, usize)> = Vec::new();
    for (number, conversation) in conversations.into_iter().enumerate() {
        let Conversation { first, answers } = conversation;
        for (place, mut one) in std::iter::once(first).chain(answers).enumerate() {
            one.at = one.at.min(latest + TimeDelta::seconds(place as i64));
            said.push((one, number, place));
        }
    }
    let conversations = said.iter().map(|(_, number, _)| number + 1).max().unwrap_or_default();
    said.sort_by_key(|(one, number, place)| (one.at, *number, *place));
    let mut places = vec![Vec::new(); conversations];
    let mut messages: Vec<StoryMessage> = Vec::with_capacity(said.len());
    for (one, number, _) in said {
        let after = messages.last().map(|last| last.at + TimeDelta::milliseconds(1));
        let at = after.map_or(one.at, |after| after.max(one.at));
        let answers = places[number].first().copied();
        places[number].push(messages.len());
        messages.push(StoryMessage { at, author: one.author, text: one.text, answers, file: one.file });
    }
    (messages, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversations_are_put_in_order_and_answers_find_what_they_answer() {
        let at = |seconds: i64| DateTime::from_timestamp(seconds, 0).unwrap();
        let said = |seconds: i64| Said { at: at(seconds), author: 0, text: seconds.to_string(), file: None };
        let later = Conversation { first: said(50), answers: vec![said(90)] };
        let sooner = Conversation { first: said(10), answers: vec![said(50), said(990)] };
        let (messages, places) = channel(vec![later, sooner], at(1000));
        let told: Vec<_> = messages.iter().map(|message| (message.text.as_str(), message.answers)).collect();
        assert_eq!(told, [("10", None), ("50", None), ("50", Some(0)), ("90", Some(1)), ("990", Some(0))]);
        assert_eq!(places, [vec![1, 3], vec![0, 2, 4]]);
        assert!(messages.is_sorted_by(|one, other| one.at < other.at));
        assert!(messages[4].at < at(1000));
    }
}
