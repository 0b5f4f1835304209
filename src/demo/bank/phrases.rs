//! What clients say, and what compliance writes, as a grammar. `{who}` is a client, `{account}` an account, `{amount}` an amount,
//! `{count}` a number, `{minutes}` a time, `{adviser}` and `{someone}` are colleagues.

use crate::demo::grammar::{Grammar, Rule};

pub(super) fn grammar() -> Grammar {
    Grammar::of(&[FRAMES, PRAISE, COMPLAINTS, COMPLIANCE])
}

const FRAMES: &[Rule] = &[
    (
        "glad",
        &[
            "{who} [called|wrote|says]: \"{words}\"",
            "[Nice note|Thank-you mail|Kind words] from {who}: \"{words}\" [🙏|]",
        ],
    ),
    (
        "cross",
        &[
            "{who} is [angry|upset|annoyed|furious]: \"{words}\"",
            "Complaint of {who}: \"{words}\"",
            "{who} [called|wrote|complains]: \"{words}\" [😠|]",
        ],
    ),
    (
        "answer",
        &[
            "[I called back|Called back], {who} is [calmer now|happy with it].",
            "Escalated to @{someone}.",
            "@{someone} can you look at this today?",
            "Ticket is open, [more tomorrow|no news yet].",
            "Refund is on its way.",
            "Sent the standard letter.",
            "Same thing [here|again], [third|fourth|fifth] one this week.",
        ],
    ),
];

const PRAISE: &[Rule] = &[
    (
        "good app",
        &[
            "The app is [great|wonderful], I do everything on the phone now.",
            "Love the new charts in the app, well done.",
            "Opening a savings plan in the app was easy and quick. Excellent!",
        ],
    ),
    (
        "good fees",
        &[
            "Thank you for waiving the fee so quickly, very kind.",
            "Glad that the fee overview is clear and honest now.",
        ],
    ),
    (
        "good cards",
        &[
            "The lost card was blocked and replaced within two days, excellent.",
            "The new card works perfectly abroad, thanks.",
        ],
    ),
    (
        "good loans",
        &[
            "The mortgage was approved in a week, fantastic work.",
            "Very happy with the loan; everything was explained well.",
        ],
    ),
    (
        "good service",
        &[
            "{adviser} is patient and competent, the best adviser I ever had.",
            "{adviser} took an hour for us, friendly and helpful.",
            "Great advice by {adviser}, we feel safe. Thank you!",
            "The branch is always friendly, a pleasure.",
        ],
    ),
];

const COMPLAINTS: &[Rule] = &[
    (
        "bad app",
        &[
            "The app [crashes|freezes] when I log in. Terrible.",
            "Since version 5.2 the app shows the wrong balance. This is scary and bad.",
            "Could not pay with the app for {minutes} minutes, embarrassing at the till. Awful.",
            "The app logged me out in the middle of a transfer. Horrible update.",
            "The fingerprint login of the app fails every time. So frustrating.",
            "The app is slow and confusing since the update, I hate it.",
        ],
    ),
    (
        "bad fees",
        &[
            "Charged a fee twice, and nobody can explain it. Unacceptable.",
            "The fee for a transfer abroad is a bad joke.",
            "Nobody told me about this fee. I am very disappointed.",
        ],
    ),
    (
        "bad cards",
        &[
            "My card was declined for no reason, terrible evening.",
            "Waiting for a new card for three weeks. Awful service.",
            "Somebody used my card and the bank did nothing. Horrible.",
        ],
    ),
    (
        "bad loans",
        &[
            "The loan decision takes forever, this is frustrating.",
            "The mortgage papers were wrong again. Annoying and unprofessional.",
            "The rate of the loan is higher than promised. I am upset.",
        ],
    ),
    (
        "bad service",
        &[
            "Waited {minutes} minutes in the branch, nobody cared. Bad.",
            "{adviser} never called back. Very disappointing.",
            "The hotline is dead, and mails are not answered. Terrible.",
        ],
    ),
];

const COMPLIANCE: &[Rule] = &[
    (
        "alert",
        &[
            "{account} ({who}): [another|one more] cash deposit of {amount}, just under ten thousand. [Third|Fourth] this month.",
            "Looks like structuring on {account}: {count} deposits below the threshold so far. @{someone} please review.",
            "{who}, {account}: {amount} in cash at the branch again. Suspicious.",
        ],
    ),
    (
        "routine",
        &[
            "Source of funds for {who} is documented, closing the case.",
            "{account} ({who}): sanction screening hit was a namesake, [false positive|closed].",
            "KYC refresh for {who} is due, @{someone} asks for the passport.",
            "{account}: unusual transfer of {amount}, explained as a house sale. Fine.",
            "{who} moved to another country, tax form requested.",
        ],
    ),
];
