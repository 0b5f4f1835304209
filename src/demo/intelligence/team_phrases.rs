//! What is written in the channel of those who sell. `{amount}` is what an order comes to.

use crate::demo::grammar::Rule;

pub(super) const RULES: &[&[Rule]] = &[DEALS, AROUND];

const DEALS: &[Rule] = &[
    (
        "deal",
        &[
            "{customer} [signed|ordered|confirmed]: {product}, {amount}.",
            "[Closed|Done|In]: {customer}, {amount}.",
            "Order from {customer} [is in|came in this morning], {product} for {amount}.",
            "{amount} from {customer} for the {product}. [Took two calls.|Took {number} mails.|That was quick.]",
            "{customer} [goes for|takes] the {product} [again|this time], {amount}.",
            "Signed with {first} at {customer}: {amount}. [They start with the {product}.|Delivery in week {number}.]",
        ],
    ),
    (
        "quote",
        &[
            "Quote for {customer} is out: {product}, {number} pieces.",
            "{customer} asked for a quote for the {product}, sent.",
            "{customer} compares our quote with another one, they decide in week {number}.",
            "Second quote for {customer}, [without|with] embroidery.",
            "{other} can you check the quote for {customer}? {number} of the {product}.",
        ],
    ),
    (
        "visit",
        &[
            "At {customer} in {city} [tomorrow|on Thursday|next week], anything I should know? {care}",
            "Back from {customer}: {visit_news}",
            "Called {first} ({customer}): {visit_news}",
            "Lunch with {customer} [moved|is set] to week {number}.",
            "Met {customer} at the fair in {city}. {visit_news}",
        ],
    ),
    (
        "visit_news",
        &[
            "they [open|plan] a second [site|house] in {city}.",
            "budget is decided in week {number}.",
            "they ask for samples of the {product}.",
            "{first} changes jobs in summer.",
            "next order in about {number} days.",
            "they liked the {product}.",
        ],
    ),
    (
        "price",
        &[
            "{customer} wants {number} % off the {product}. {other}?",
            "Can I give {customer} free delivery to {city}?",
            "New prices for the {product} are in, {customer} keeps the old ones until the end of the month.",
            "{customer} pays within {number} days, so I gave 2 %.",
        ],
    ),
    (
        "churn",
        &[
            "{customer} did not reorder, and {first} does not call back. {care} anything open there?",
            "Bad feeling about {customer}: [no order for weeks|half of what they used to order].",
            "Heard that {customer} [talks to|tests samples of] another supplier. {care} what happened?",
            "{customer} cancelled our [meeting|visit]. They are unhappy with support, I am afraid.",
            "{first} at {customer} told me they are disappointed and look around.",
        ],
    ),
    (
        "outlier",
        &[
            "Sit down: {customer} ordered for {amount}! Once in a lifetime.",
            "{customer}, {amount}, one order. I checked it three times, it is right.",
            "Largest order I ever had: {customer}, {product}, {amount}.",
        ],
    ),
];

const AROUND: &[Rule] = &[
    (
        "cheer",
        &[
            "[Congratulations|Well done|Great|Nice one]!",
            "🎉",
            "👏👏",
            "Strong.",
            "{colleague} drinks are on you.",
            "How many calls was that, {number}?",
            "The {product} sells itself.",
            "Put it on the board.",
            "That makes {number} this month.",
            "Lovely.",
        ],
    ),
    (
        "worried",
        &[
            "I look at their tickets.",
            "Not good. I call them tomorrow.",
            "{care} can you pull their complaints together?",
            "They were one of our best, let us not lose them.",
            "Saw that, too. Their last {number} messages were angry.",
        ],
    ),
    (
        "office",
        &[
            "Who has the samples of the {product}?",
            "{colleague} can you take my call at ten?",
            "I am on the train until {number} past.",
            "Stand at the fair is booked: https://fair.example/stands/hall-{number}",
            "Reminder: update your pipeline until Friday.",
            "New brochure is here: https://files.fernweh.example/brochures/business-{number}",
            "{other} which commission table is the current one?",
        ],
    ),
    (
        "figures",
        &[
            "We are {number} orders ahead of last month.",
            "{colleague} leads the month again.",
            "Forecast for the quarter is in the file.",
            "The {product} is what everybody asks for just now.",
            "Margin on the {product} went down {number} points, mind the discounts.",
            "Pipeline review on Monday at nine.",
        ],
    ),
];
