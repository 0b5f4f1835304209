//! What is written about projects. `{project}` is a project in whatever spelling, `{person}` a mention, `{team}` a team.

use crate::demo::grammar::Rule;

/// The weekly posts.
pub(super) const UPDATES: &[&[Rule]] = &[&[
    (
        "fine",
        &[
            "{project}: {progress}. {no_blockers}",
            "Week {week}, {project}: {progress}. {next}",
            "Status of {project}: {progress}, {mood}. {no_blockers}",
            "*{project}* {progress}. {next} {no_blockers}",
            "{project} is at {percent} %. {next}",
            "Weekly for {project}. Progress {percent}%. {next}",
            "{project} - {progress} - {mood}",
        ],
    ),
    (
        "small_blocker",
        &[
            "{project}: {progress}. Small blocker: {small}",
            "Week {week}, {project}: {progress}. Waiting for {team} with [one ticket|a review], nothing serious.",
            "Status of {project}: {progress}. Blockers: {small}",
        ],
    ),
    (
        "blocked",
        &[
            "{project}: {progress}. Blocked: {blocked_by}",
            "Week {week}, {project}: {progress}, hardly more than last week. Blockers: {blocked_by}",
            "Status of {project}: {progress}. Still blocked, {blocked_by}",
            "*{project}* {progress}. We are late. {blocked_by}",
            "{project} is at {percent} %. Blocked by {team}. {blocked_by}",
            "Weekly for {project}. Progress {percent}%. Behind plan: {blocked_by}",
        ],
    ),
    (
        "progress",
        &[
            "{percent} % done",
            "{percent}% complete",
            "{percent} percent complete",
            "we are at {percent} %",
            "progress {percent}%",
            "{percent} % of the work is done",
            "about {percent}% finished",
        ],
    ),
    ("no_blockers", &["No blockers.", "Blockers: none.", "Nothing blocks us.", "Blocker-free week.", ""]),
    ("mood", &["on track", "as planned", "in time", "a good week", "steady"]),
    (
        "next",
        &[
            "Next: [the review|the second interface|tests with users|data of the old system].",
            "Next week we [test|show it to users|write the migration|fix what the review found].",
            "Demo on [Tuesday|Wednesday|Thursday].",
            "The milestone is next.",
            "Reviewed and merged what was open.",
        ],
    ),
    (
        "small",
        &["one open review", "a licence that has to be renewed", "test devices are on loan", "somebody is on holiday"],
    ),
    (
        "blocked_by",
        &[
            "waiting for {team} [to open the network|for the new cluster|for certificates].",
            "{team} has not [delivered the cluster|set up the accounts|approved the firewall rules] yet.",
            "no answer from {team} [for days|since last week].",
            "we cannot go on without {team}.",
        ],
    ),
]];

/// What teams write to each other.
pub(super) const TALK: &[&[Rule]] = &[&[
    (
        "ask",
        &[
            "{person} [can you|could you] {favour} for {project}?",
            "{person} {project}: {question}",
            "[Quick question|One question] on {project}, {person}: {question}",
            "{person} shall we {together} for {project}?",
            "{project}: {question} {person}",
            "{person} [thanks for|I had a look at] {thing}, {project} [needs|gets] one change more.",
            "Pairing with {person} on {project} [this afternoon|tomorrow|at two].",
            "{person} the [mock-ups|screens|numbers|tests] of {project} are [in the folder|ready for you|updated].",
            "For {project} I took over {thing} from {person}.",
        ],
    ),
    (
        "favour",
        &["review {thing}", "look at {thing}", "send me {thing}", "check {thing}", "explain {thing}", "merge {thing}"],
    ),
    (
        "thing",
        &[
            "the pull request",
            "the draft",
            "the mapping",
            "screen {number}",
            "ticket {number}",
            "the test plan",
            "the interface",
            "the new flow",
            "the error log",
            "the data model",
            "the copy",
            "build {number}",
        ],
    ),
    (
        "question",
        &[
            "which version do we show on Thursday?",
            "is {thing} final?",
            "who decides on {thing}?",
            "do we still need {thing}?",
            "what happens when the list is empty?",
            "how many users are in the pilot?",
            "until when do you need {thing}?",
            "do you have figures of last week?",
        ],
    ),
    (
        "together",
        &["sit together", "look at {thing} together", "move the review", "split {thing}", "have a call at ten"],
    ),
    (
        "answer",
        &[
            "Done.",
            "Will do.",
            "Tomorrow morning.",
            "Looks good to me.",
            "See ticket {number}.",
            "In an hour.",
            "Merged.",
            "Yes.",
            "Not yet.",
        ],
    ),
    (
        "answer_to",
        &[
            "{person} done.",
            "{person} here you go: ticket {number}.",
            "{person} looks good to me.",
            "{person} tomorrow, is that fine?",
        ],
    ),
    (
        "wait",
        &[
            "{project} is blocked, we are waiting for {team} {waiting}.",
            "Still waiting for {team} {waiting}, {project} stands still.",
            "{project}: blocked by {team}, [nothing happens|no sign of life|day {number}].",
            "We are stuck with {project}. Waiting for {team} {waiting}.",
            "Does anybody know when {team} gets to it? {project} is blocked by {team}.",
            "Day {number} of waiting for {team}, {project} cannot go on.",
        ],
    ),
    (
        "wait_asking",
        &[
            "{person} {project} is waiting for {team} {waiting}. Any news?",
            "{person} {project} is blocked by {team}: {waiting}. When?",
            "{project} is stuck, waiting for {team} {waiting}. {person} can you push it?",
            "{person} reminder: {project} is still waiting for {team}.",
        ],
    ),
    (
        "waiting",
        &[
            "for the cluster",
            "for access to the test system",
            "with the review",
            "for certificates",
            "to open the port",
            "for the new accounts",
            "for ticket {number}",
        ],
    ),
    (
        "excuse",
        &[
            "We are short of people this week.",
            "It is on our board, position {number}.",
            "Not before next week, sorry.",
            "I need a ticket for that.",
            "We wait for the vendor ourselves.",
            "Will look into it.",
        ],
    ),
    (
        "tell",
        &[
            "{project}: {news}",
            "{news} ({project})",
            "For those who follow {project}: {news}",
            "{project} update: {news}",
        ],
    ),
    (
        "news",
        &[
            "the review went well.",
            "we dropped {thing}.",
            "pilot users are in.",
            "{number} tests are green, two are not.",
            "build {number} is on staging.",
            "the demo is moved to Thursday.",
            "we found the leak.",
            "{thing} is done.",
            "the vendor answered.",
            "load test tonight, please do not deploy.",
        ],
    ),
    (
        "chat",
        &[
            "Coffee machine on the second floor works again.",
            "Who takes the [late|early] shift on Friday?",
            "Meeting room {number} is free.",
            "Lunch?",
            "Retro notes: https://wiki.kranich.example/retro/{number}",
            "Time sheets until tonight.",
            "Lost a blue bottle in room {number}.",
            "Fire drill at eleven.",
            "New colleagues start on Monday, say hello.",
            "VPN is slow today, just me?",
        ],
    ),
]];
