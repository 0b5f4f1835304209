//! The company's channels: who is in them, and what is talked about there.

/// A channel to be filled.
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) topic: &'static str,
    pub(super) purpose: &'static str,
    pub(super) is_private: bool,
    pub(super) is_archived: bool,
    /// Who is in it; everybody where it names nobody.
    pub(super) members: &'static [&'static str],
    pub(super) subject: Subject,
    /// Conversations that begin on a usual working day.
    pub(super) a_day: f64,
}

/// What is talked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// What concerns everybody.
    News,
    /// What somebody wants to be known of an order.
    Orders,
    /// What customers say of what they bought.
    Care,
    /// What goods are bought, and how they sell.
    Goods,
    /// What comes in and goes out.
    Warehouse,
    /// What is told to the world.
    Marketing,
    /// How the shop does.
    Figures,
    /// What has nothing to do with work.
    Chat,
}

const fn open(name: &'static str, topic: &'static str, purpose: &'static str, subject: Subject, a_day: f64) -> Plan {
    Plan { name, topic, purpose, is_private: false, is_archived: false, members: &[], subject, a_day }
}

pub(super) const PLANS: &[Plan] = &[
    open("general", "Fernweh Goods", "What concerns all of us", Subject::News, 1.5),
    open("random", "", "Everything else", Subject::Chat, 2.5),
    Plan {
        members: &["jonas", "aylin", "tomas", "chloe", "peter", "ines", "ravi", "shopbot"],
        ..open("orders", "Post the order number first", "Orders that need a hand", Subject::Orders, 9.0)
    },
    Plan {
        members: &["aylin", "tomas", "chloe", "bjorn", "giulia", "jonas", "hana"],
        ..open("customer-care", "Be kind, be quick", "What customers tell us", Subject::Care, 7.0)
    },
    Plan {
        members: &["bjorn", "giulia", "oskar", "hana", "marta", "lotte"],
        ..open("assortment", "", "What we buy, keep and drop", Subject::Goods, 3.0)
    },
    Plan {
        members: &["peter", "ines", "jonas", "tomas"],
        ..open("warehouse", "Gate 3 is closed on Fridays", "Goods in, goods out", Subject::Warehouse, 4.0)
    },
    Plan {
        members: &["sam", "marta", "hana", "giulia", "bjorn"],
        ..open("marketing", "", "Campaigns and newsletters", Subject::Marketing, 2.0)
    },
    Plan {
        members: &["marta", "jonas", "lotte", "hana", "shopbot"],
        is_private: true,
        ..open("leadership", "Numbers before opinions", "How we are doing", Subject::Figures, 1.0)
    },
    Plan {
        members: &["sam", "ravi", "marta", "oskar"],
        is_archived: true,
        ..open("relaunch-2025", "Done!", "The new web shop", Subject::Marketing, 1.5)
    },
];
