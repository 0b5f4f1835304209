//! What people say, by what they talk about. `{order}`, `{customer}`, `{city}`, `{product}`, `{status}` and `{total}` are of an
//! order of the shop, `{number}` is any number, and `{someone}` is somebody of the channel.

use super::channels::Subject;

/// How a conversation begins, and what is answered.
type Phrases = (&'static [&'static str], &'static [&'static str]);

pub(super) fn phrases(subject: Subject) -> Phrases {
    match subject {
        Subject::News => NEWS,
        Subject::Orders => ORDERS,
        Subject::Care => CARE,
        Subject::Goods => GOODS,
        Subject::Warehouse => WAREHOUSE,
        Subject::Marketing => MARKETING,
        Subject::Figures => FIGURES,
        Subject::Chat => CHAT,
    }
}

const NEWS: Phrases = (
    &[
        "Town hall on Thursday at 10:00, bring your questions. @{someone} takes notes.",
        "The office stays closed on Friday afternoon.",
        "Please lock your screens. Yes, in the kitchen too.",
        "Our newest colleague says hello – please say hello back!",
        "The {product} is our bestseller of the week. Well done, everybody.",
        "Reminder: expenses are due by the end of the month, @{someone} collects them.",
        "We have passed order {order} 🎉",
    ],
    &[
        "👍",
        "Thanks!",
        "Will there be cake?",
        "Count me in.",
        "I'm away that day, can somebody record it?",
        "🎉🎉",
        "Noted.",
    ],
);

const ORDERS: Phrases = (
    &[
        "#{order}: {customer} from {city} asks where the {product} is. It is {status}.",
        "#{order} was paid twice, {total} each. @{someone} can you look?",
        "#{order}: the address in {city} cannot be delivered to. The carrier sends it back.",
        "{customer} wants to add a second {product} to #{order}. Is it packed already?",
        "#{order} – the customer got somebody else's {product}.",
        "#{order} has been {status} since Monday and nobody moved it.",
        "Can we send #{order} by express? {customer} leaves for the mountains on Saturday.",
    ],
    &[
        "Looking into it.",
        "Called {customer}, all good now.",
        "It's {status} now.",
        "Refunded {total}.",
        "The carrier says tomorrow before noon.",
        "Packed at gate {number}, goes out today.",
        "@{someone} could you take this over? My shift ends.",
        "Closed, thanks 🙏",
    ],
);

const CARE: Phrases = (
    &[
        "{customer} ({city}) writes that the {product} came with a scratch. Order {order}.",
        "Third complaint this week about the zip of the {product}.",
        "Lovely mail from {customer}: \"The {product} is the best present I ever bought.\" ❤️",
        "{customer} wants to give back the {product} after 45 days. Do we take it?",
        "Is the {product} dishwasher safe? {customer} asks, and I can't find it on the page.",
        "{customer} asks for an invoice with a VAT number for {order}.",
        "Phone line 2 is dead again.",
    ],
    &[
        "Send a new one, no questions asked.",
        "Offer 15 % off the next order.",
        "I answered, see the ticket.",
        "We do, within 60 days. It's on the returns page.",
        "@{someone} knows the supplier, please ask.",
        "They want a refund of {total}.",
        "Done – {customer} is happy again.",
        "Same here, twice today.",
    ],
);

const GOODS: Phrases = (
    &[
        "The supplier raises the price of the {product} by {number} %. Do we follow?",
        "{product}: {number} left, next delivery in three weeks.",
        "I would drop the {product}; it sells, and half of it comes back.",
        "Samples of the new colours are here. The {product} in moss green is a keeper.",
        "@{someone} what margin do we have on the {product}?",
    ],
    &[
        "Let's wait for the numbers.",
        "I'd keep it until spring.",
        "Margin is {number} points above average.",
        "Agreed.",
        "I disagree: {city} alone ordered it {number} times.",
        "Ordered {number} more.",
    ],
);

const WAREHOUSE: Phrases = (
    &[
        "Truck at gate {number}, {number} pallets.",
        "We miscounted the {product}: it's {number}, not more.",
        "Label printer is out again, orders from {order} on are waiting.",
        "Who moved the shelf with the {product}?",
        "Order {order} needs a bigger box.",
        "Forklift 2 is back from inspection.",
    ],
    &[
        "On my way.",
        "Fixed.",
        "Recounted: {number}.",
        "Not me!",
        "@{someone} please sign for it.",
        "Done, {number} minutes.",
    ],
);

const MARKETING: Phrases = (
    &[
        "Newsletter draft: \"{product}, made for the wet half of the year\". Opinions?",
        "The campaign for the {product} brought {number} orders since yesterday.",
        "Can we get a quote from {customer} for the story about {city}?",
        "The sale banner goes live at midnight. @{someone} please check it on the phone.",
        "Photos of the {product} are in.",
    ],
    &[
        "Love it.",
        "Too long, cut it in half.",
        "{customer} said yes!",
        "Live.",
        "Looks broken on small screens, see the picture.",
        "Opened by {number} %.",
    ],
);

const FIGURES: Phrases = (
    &[
        "Returns went up by {number} % this week, mostly the {product}.",
        "Order {order} over {total} is our largest this month. Who is {customer}?",
        "Draft of the monthly figures is with @{someone}.",
        "We are {number} orders ahead of plan.",
    ],
    &[
        "What does care say about it?",
        "Let's talk on Monday.",
        "Confidential until Thursday, please.",
        "I checked it twice, it's right.",
    ],
);

const CHAT: Phrases = (
    &[
        "Lunch at 12:30?",
        "Who ate the last of the Franzbrötchen?",
        "Fun fact: {city} has ordered more {product}s than we have chairs.",
        "My {product} survived a weekend in the rain. I did not.",
        "Found a single glove near gate {number}.",
        "今日の天気は最高です ☀️",
        "@{someone} happy birthday! 🎂",
    ],
    &["😂", "Me!", "It was @{someone}.", "Congratulations!", "おめでとう!", "Pictures or it didn't happen.", "Same."],
);
