//! Participation: one order against what is traded of the instrument in a day.

use super::{Exits, Gate, GateId, GateInfo, Measured};
use crate::decision::Unit;
use crate::facts::{Facts, Trial};
use crate::limits::Level;
use crate::num::PPM;
use crate::reason::Reason;

pub(crate) struct Participation;

impl Gate for Participation {
    const INFO: GateInfo = GateInfo {
        id: GateId::Participation,
        reason: Reason::ParticipationLimit,
        levels: &[Level::Instrument],
        exits: Exits::Exempt,
        sizing: true,
        measures: "quantity of the order against a share of the average daily volume",
        unit: "quantity",
        rule: "RTS 6 Art. 15(1)(c), market impact practice",
    };

    const ONLY_BY_LIMIT: bool = true;

    /// quantity / volume against ppm / 1,000,000, without the division: 64 bits times 20 fit.
    #[inline(always)]
    fn measure(facts: &Facts<'_>, trial: &Trial, level: Level) -> Measured {
        let Some(ppm) = facts.limits(level).participation_ppm else { return Measured::Open };
        let Some(volume) = facts.instrument.daily_volume else { return Measured::Lacks(Reason::DataGap) };
        let most = i128::from(volume.abs()).saturating_mul(i128::from(ppm));
        Measured::at_most(i128::from(trial.quantity.abs()).saturating_mul(PPM), most)
    }

    fn unit(facts: &Facts<'_>, _: Level) -> Unit {
        // Six places finer, as both sides are.
        Unit::Quantity { scale: facts.instrument.traded.quantity_scale.saturating_add(6) }
    }
}
