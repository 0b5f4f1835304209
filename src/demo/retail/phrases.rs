//! What customers say of what they bought, as a grammar. `{product}` is a product and `{someone}` a colleague.

use crate::demo::grammar::{Grammar, Rule};

pub(super) fn grammar() -> Grammar {
    Grammar::of(&[RULES])
}

const RULES: &[Rule] = &[
    (
        "praise",
        &[
            "The {product} is [the best present I ever bought|exactly what I wanted]. Thank you!",
            "[Love|I love] it! Great colour, [wonderful|excellent] quality.",
            "Friendly service and a [beautiful|perfect] {product}. Very happy.",
            "My [daughter|son|neighbour] is delighted with it. Great shop!",
            "Fast, friendly, fair. I am [really|very] happy.",
        ],
    ),
    (
        "quality",
        &[
            "The zip of the {product} broke after [two|three|five] days. Terrible.",
            "The {product} came apart at the seam. Very disappointing.",
            "It arrived with a scratch, and the box was damaged. Awful.",
            "The {product} broke [on the first day|within a week]. Bad quality, I am angry.",
            "The seam is open again, the second one already. Horrible.",
        ],
    ),
    (
        "delivery",
        &[
            "The parcel is [a week|ten days] late and nobody knows where it is. Terrible.",
            "The carrier never rang, and the parcel went back. Very annoying.",
            "Still no parcel. I am [angry|disappointed], it was meant for a birthday.",
            "The delivery was [nine|eight] days late. Unacceptable.",
            "The carrier threw the parcel over the fence. Awful.",
        ],
    ),
    (
        "size",
        &[
            "Too small, although I ordered my usual size. Annoying.",
            "The size chart is wrong, it is far too large. Disappointing.",
            "Wrong size in the box. That is bad.",
        ],
    ),
    (
        "question",
        &[
            "Can I have an invoice with a VAT number?",
            "Is there a matching one for children?",
            "How is it washed?",
            "When do you have the {product} in green?",
        ],
    ),
    (
        "answer",
        &[
            "[Called|Answered], all good now.",
            "Sent a new one.",
            "@{someone} knows the supplier, please ask.",
            "Refund is on its way.",
            "Offered [10|15] % off the next order.",
            "Same [here|again], [second|third] one today.",
            "Asked the warehouse, more tomorrow.",
        ],
    ),
];
