//! What patients say, and what is said of beds, as a grammar. `{who}` is somebody, `{area}` a ward or the outpatients, `{room}` a
//! room, `{minutes}` a time, `{doctor}` a physician, `{count}` a number and `{someone}` a colleague.

use crate::demo::grammar::{Grammar, Rule};

pub(super) fn grammar() -> Grammar {
    Grammar::of(&[FRAMES, WARDS, OUTPATIENTS, BEDS])
}

const FRAMES: &[Rule] = &[
    (
        "praise",
        &[
            "{area}: {speaker} is [happy|very happy|grateful|delighted]. \"{good}\"",
            "{area}, {speaker}: \"{good}\" [❤️|🙏|]",
            "[Nice|Lovely|A good] word from {area}: {speaker} says \"{good}\"",
        ],
    ),
    (
        "complaint",
        &[
            "{area}: {speaker} is [upset|angry|disappointed|really annoyed]. \"{bad}\"",
            "{area}, {speaker}: \"{bad}\"",
            "Complaint, {area}: {speaker} says \"{bad}\" [😠||]",
        ],
    ),
    (
        "praise of outpatients",
        &["{area}: {speaker} is [happy|grateful]. \"{good visit}\"", "{area}, {speaker}: \"{good visit}\""],
    ),
    (
        "complaint of outpatients",
        &[
            "{area}: {speaker} is [upset|angry|annoyed]. \"{bad visit}\"",
            "Complaint, {area}: {speaker} says \"{bad visit}\"",
        ],
    ),
    ("kiosk", &["{area}: {speaker} is [upset|angry|annoyed]. \"{bad kiosk}\"", "{area}, {speaker}: \"{bad kiosk}\""]),
    (
        "speaker",
        &[
            "{who}",
            "{who} in room {room}",
            "the [daughter|son|husband|wife|sister] of {who}",
            "a [visitor|neighbour|friend] of {who}",
            "{who} (going home today)",
        ],
    ),
    (
        "answer",
        &[
            "[Talked|Spoke] to them this [morning|afternoon].",
            "Passed on to the team.",
            "I called back.",
            "We look into it until [Friday|Monday|next week].",
            "It is on the list for the quality round.",
            "@{someone} can you take this one?",
            "Noted for the monthly report.",
            "Wrote them a letter.",
        ],
    ),
];

const WARDS: &[Rule] = &[
    (
        "good",
        &[
            "The nurses are wonderful and [always|so] friendly.",
            "Everybody was kind and helpful, [day and night|from the first hour].",
            "Never met such a caring team. Great work!",
            "The night nurse was so patient and gentle, thank you.",
            "The soup was delicious, really good food.",
            "Loved the breakfast, a nice surprise.",
            "Good food, and somebody helped to cut it. Thank you!",
            "{doctor} explained everything clearly, excellent.",
            "{doctor} took time and was honest. The best doctor so far.",
            "Impressed by {doctor}: calm, friendly, competent.",
            "The room is clean and quiet, perfect for sleeping.",
            "A bright, clean room with a lovely view.",
            "Spotless bathroom, great job by the cleaning team.",
            "Discharge went smoothly, the letter was ready. Thanks!",
            "Well prepared for going home, excellent support.",
        ],
    ),
    (
        "bad",
        &[
            "Rang the bell and nobody came for {minutes} minutes. Terrible.",
            "There are far too few nurses, it is a shame.",
            "The tone at the desk was rude, and nobody apologised.",
            "Was left alone with the pain all night. Awful.",
            "Dinner was cold and tasted horrible.",
            "The wrong diet came twice, that is dangerous.",
            "The food is bad, and it came an hour late.",
            "{doctor} was in a hurry and explained nothing. Frustrating.",
            "Waited all day for {doctor}, who never came. Unacceptable.",
            "Nobody knows what the plan is; confusing and worrying.",
            "The bathroom was dirty for two days. Disgusting.",
            "Four in a room made for three, no sleep at all. Bad.",
            "The heating is broken, it is freezing. Miserable.",
            "Waited {minutes} minutes for the discharge letter, and it was wrong. Annoying.",
            "Sent home without the medicine. This is a serious failure.",
        ],
    ),
];

const OUTPATIENTS: &[Rule] = &[
    (
        "good visit",
        &[
            "In and out within half an hour, great.",
            "Booking online was easy and quick. Love it.",
            "{doctor} was friendly and thorough, excellent.",
            "The reception is kind and helpful, thank you.",
            "Got an appointment the same week, wonderful.",
        ],
    ),
    (
        "bad visit",
        &[
            "Waited {minutes} minutes for Dr. Solberg, nobody said why. Terrible.",
            "Dr. Solberg is always late; {minutes} minutes this time. Unacceptable.",
            "The waiting room was packed and hot. Awful.",
            "The line was dead three times when calling for an appointment. Frustrating.",
            "The appointment was cancelled on the same morning. Very annoying.",
        ],
    ),
    (
        "bad kiosk",
        &[
            "The new check-in kiosk froze and the queue was endless. Terrible idea.",
            "The kiosk did not find the appointment. Horrible, bring back the desk!",
            "Could not read the screen of the check-in kiosk, and nobody helped. Bad.",
            "The kiosk printed the wrong room, so the appointment was missed. Awful.",
            "The kiosk is broken again. Angry people everywhere.",
        ],
    ),
];

const BEDS: &[Rule] = &[
    (
        "full",
        &[
            "{area} is full, {count} waiting [downstairs|in the emergency department].",
            "No bed in {area} tonight. {count} [stay|stays] in the emergency department.",
            "{area}: every bed taken again, we sent {count} on to Altbrück.",
            "Can anybody take an outlier from {area}? {count} waiting.",
        ],
    ),
    (
        "free",
        &[
            "{area} has {count} free beds.",
            "{count} beds free in {area}[, two of them single rooms|].",
            "{area}: {count} empty, we take transfers until [seven|eight].",
        ],
    ),
];
