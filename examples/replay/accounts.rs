//! Whose order is it? The exchange does not say; but five traders always use the same size, and so can be told apart.

use rust_decimal::Decimal;

/// The one strategy each account has.
pub(crate) const STRATEGY: &str = "flow";

/// One account of the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    /// Always 0.07 BTC.
    Maker070,
    /// Always 0.075 BTC.
    Maker075,
    /// Always 0.15 BTC.
    Maker150,
    /// Always 0.06 BTC.
    Maker060,
    /// Always 0.05 BTC.
    Maker050,
    /// Everybody else.
    Others,
}

impl Account {
    /// All of them, in the order of the output.
    pub(crate) const ALL: [Self; 6] =
        [Self::Maker070, Self::Maker075, Self::Maker150, Self::Maker060, Self::Maker050, Self::Others];

    /// Its place in [`Self::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }

    /// The account an order of this original size belongs to.
    pub(crate) fn of_size(volume: Decimal) -> Self {
        let known = Self::ALL.into_iter().find(|account| account.size() == Some(volume));
        known.unwrap_or(Self::Others)
    }

    /// The size of each of its orders, if it has one size only.
    fn size(self) -> Option<Decimal> {
        match self {
            Self::Maker070 => Some(Decimal::new(70, 3)),
            Self::Maker075 => Some(Decimal::new(75, 3)),
            Self::Maker150 => Some(Decimal::new(150, 3)),
            Self::Maker060 => Some(Decimal::new(60, 3)),
            Self::Maker050 => Some(Decimal::new(50, 3)),
            Self::Others => None,
        }
    }

    /// What it starts with, in USD. Percentages in the limits file are of this.
    pub(crate) fn equity(self) -> Decimal {
        Decimal::from(match self {
            Self::Maker070 => 30_000,
            Self::Maker075 | Self::Maker150 => 20_000,
            Self::Maker060 => 12_000,
            Self::Maker050 => 10_000,
            Self::Others => 3_000_000,
        })
    }

    /// The name it has in the limits file and in the output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Maker070 => "maker-070",
            Self::Maker075 => "maker-075",
            Self::Maker150 => "maker-150",
            Self::Maker060 => "maker-060",
            Self::Maker050 => "maker-050",
            Self::Others => "others",
        }
    }
}
