//! Deliberate mistakes, three for each gate and more beside them, to show that the comparison would see them.

use core::fmt;

use risk_core::{GATES, GateId};

/// What a mistake is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A gate.
    Gate(GateId),
    /// How a change of an order is judged.
    Modify,
    /// How a list is judged.
    List,
}

/// One deliberate mistake of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bug {
    /// What it is in.
    pub part: Part,
    /// Which of its mistakes.
    pub number: u8,
}

impl Bug {
    /// All of them.
    pub fn all() -> Vec<Self> {
        let gates = GATES.iter().map(|gate| Part::Gate(gate.id));
        let of = |part: Part| {
            (0_u8..)
                .zip(mistakes(part).iter().chain(further(part)))
                .map(move |(number, _)| Self { part, number })
        };
        gates.chain([Part::Modify, Part::List]).flat_map(of).collect()
    }

    /// What is wrong, in words.
    pub fn what(self) -> &'static str {
        let mut all = mistakes(self.part).iter().chain(further(self.part));
        all.nth(usize::from(self.number)).copied().unwrap_or("none")
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {}", self.part, self.number, self.what())
    }
}

fn mistakes(part: Part) -> &'static [&'static str] {
    match part {
        Part::Gate(gate) => of(gate),
        Part::Modify => &[
            "the old order counts beside the new one",
            "what is filled counts as open",
            "what neither grows nor gets more aggressive is judged like any other",
            "less of the same is judged like any other",
        ],
        Part::List => &[
            "an order does not see those before it",
            "the first refusal leads, whatever gate it is of",
            "an order may be made smaller",
            "the notional of the whole is not looked at",
        ],
    }
}

/// Mistakes beyond the three, of gates that have more than three things to get wrong.
fn further(part: Part) -> &'static [&'static str] {
    match part {
        Part::Gate(GateId::KillSwitch) => &["a halted trader is ignored"],
        Part::Gate(GateId::Reducing) => &["the state of the trader is ignored"],
        Part::Gate(GateId::Restriction) => {
            &["the trader's list is ignored", "the trader's accounts are ignored"]
        }
        _ => &[],
    }
}

/// The list of gates is open outside of the core, so that the last arm has to exist; the test below keeps it unused.
fn of(gate: GateId) -> &'static [&'static str; 3] {
    use GateId as G;
    match gate {
        G::KillSwitch => {
            &["a halted venue is ignored", "a halted strategy is ignored", "a halted firm is ignored"]
        }
        G::Reducing => &[
            "the state of the venue is ignored",
            "the strategy's state is judged with the account's position",
            "an exit must be the whole order: no flip is cut to its exit",
        ],
        G::ReduceOnly => &[
            "working exits do not use up reducible quantity",
            "judged with the strategy's position",
            "an opening order is rejected, never cut to its exit",
        ],
        G::Restriction => {
            &["the strategy's list is ignored", "close-only refuses exits too", "close-only is ignored"]
        }
        G::Session => &[
            "the first session that was told is known for ever",
            "the closing instant still belongs to it",
            "a session that is over is open",
        ],
        G::ShortSale => &[
            "buys are refused too",
            "judged with the strategy's position",
            "working sells do not use up what is held",
        ],
        G::PriceIncrement => {
            &["the trigger is not looked at", "the price is not looked at", "twice the tick"]
        }
        G::QuantityIncrement => &["not looked at", "twice the lot", "looks at the opening part only"],
        G::QuantityMin => &["< for <=", "no exemption of exits", "looks at the opening part only"],
        G::QuantityMax => &["< for <=", "exits are exempt", "cuts the order instead of refusing it"],
        G::NotionalMin => &["always at the mark", "the multiplier is forgotten", "no exemption of exits"],
        G::OrderAge => &["< for <=", "the future is allowed", "an order without a time passes"],
        G::Duplicate => &["ended orders are forgotten", "across accounts", "only the dead are remembered"],
        G::Repeat => {
            &["this one is not included", "the price is not looked at", "the quantity is not looked at"]
        }
        G::SelfMatch => &[
            "permits that nobody redeemed do not count",
            "a stop that waits counts as what it will become",
            "the venue's own instruction is ignored",
        ],
        G::Parent => &[
            "this order is not included",
            "what was cancelled does not come back",
            "the first quantity is not fixed",
        ],
        G::MessageRate => &["one message too many", "the reserve is open to all", "cancels are not counted"],
        G::DataGap => {
            &["other holdings are not looked at", "no exemption of exits", "a mark alone is not enough"]
        }
        G::StaleData => &["< for <=", "the future is allowed", "the newer of mark and quote"],
        G::DataCompleteness => &["< for <=", "counts bid and ask only", "no exemption of exits"],
        G::CrossedBook => &["a locked book passes", "no exemption of exits", "any one-sided quote is a gap"],
        G::Spread => &["< for <=", "a share of the bid, not of the mid", "no exemption of exits"],
        G::PriceCollar => &[
            "< for <=",
            "symmetric: the aggressive limit on both sides",
            "a stop-limit's price is measured from the mark",
        ],
        G::OrderQuantity => &["< for <=", "looks at the opening part only", "the firm's limit is ignored"],
        G::OrderNotional => {
            &["at the mark, not the worst price", "slippage is forgotten", "converts rounding down"]
        }
        G::Participation => {
            &["no exemption of exits", "looks at the opening part only", "the first volume counts for ever"]
        }
        G::DailyLoss => &["<= for <: reaching it passes", "flows are profit", "unrealised is left out"],
        G::DailyLossPercent => {
            &["<= for <: reaching it passes", "of the equity of now", "capital is ignored"]
        }
        G::Drawdown => {
            &["<= for <: reaching it passes", "always from the peak", "flows do not move the peak"]
        }
        G::Cooldown => &["fees are left out", "what only opens counts for its fees", "no exemption of exits"],
        G::PositionCount => {
            &["this one is not included", "pending opens do not count", "no exemption of exits"]
        }
        G::TradedValue => &[
            "what exits trade does not count",
            "permits that nobody redeemed count for ever",
            "what was traded yesterday still counts",
        ],
        G::OpenOrders => &[
            "this one is not included",
            "the reserve is open to all",
            "permits that nobody redeemed do not count",
        ],
        G::GrossExposure => &["holds are ignored", "the surcharge is forgotten", "before plus opening"],
        G::NetExposure => &[
            "what others are asked for is ignored",
            "orders against the direction are filled too",
            "what is against the direction is not set off",
        ],
        G::PositionQuantity => {
            &["< for <=", "kept within the position counts whole", "the firm's uses one account"]
        }
        G::PositionNotional => {
            &["at the mid, not the worst price", "rounded down", "held surcharges are forgotten"]
        }
        G::GroupExposure => {
            &["only this instrument", "longs and shorts are netted", "a share of the day's start"]
        }
        G::BuyingPower => &[
            "the order is left out",
            "every instrument has the margin of the order's",
            "of the equity at the day's start",
        ],
        G::Concentration => {
            &["the surcharge is forgotten", "the whole group", "of the equity at the day's start"]
        }
        G::Leverage => {
            &["the surcharge is forgotten", "of the equity at the day's start", "the order is left out"]
        }
        G::OrderToTrade => {
            &["this one is not included", "cancels are not counted", "the reserve is open to all"]
        }
        G::HouseRule => &[
            "< for <=",
            "every rule is asked about exits",
            "asked about what was asked for, not about what is left of it",
        ],
        _ => &["none", "none", "none"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gate_has_three_mistakes() {
        let without: Vec<_> = Bug::all().into_iter().filter(|bug| bug.what() == "none").collect();
        assert!(without.is_empty(), "{without:?}");
    }
}
