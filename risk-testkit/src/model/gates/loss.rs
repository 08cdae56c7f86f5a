//! What was lost: in money, in percent of the day's start, from a peak. Reaching the limit refuses; a gain is no loss.

use risk_core::{DrawdownFrom, GateId, Level};

use super::super::exact::Ratio;
use super::super::facts::View;
use super::form::place;
use super::{Found, found, money};

pub(super) fn daily(view: &View<'_>, level: Level) -> Found {
    found(|| {
        let Some(limit) = view.facts.limits[place(level)].daily_loss_max else { return Ok(Found::Open) };
        let (flows, unrealised) = (!view.errs(GateId::DailyLoss, 1), !view.errs(GateId::DailyLoss, 2));
        let loss = view.loss_of_day(level, flows, unrealised)?.max(0);
        let limit = money(view, level, limit);
        Ok(Found::below(view.money(level, loss), limit, view.errs(GateId::DailyLoss, 0)))
    })
}

pub(super) fn daily_percent(view: &View<'_>, level: Level) -> Found {
    found(|| {
        let Some(limit) = view.facts.limits[place(level)].daily_loss_percent_max else {
            return Ok(Found::Open);
        };
        let loss = view.loss_of_day(level, true, true)?.max(0);
        let start = match () {
            () if view.errs(GateId::DailyLossPercent, 1) => view.equity(level)?,
            () => view.day_start(level, !view.errs(GateId::DailyLossPercent, 2))?,
        };
        let percent = Ratio::whole(loss * 100).per(&Ratio::whole(start)).unwrap_or(Ratio::whole(0));
        Ok(Found::below(percent, Ratio::of(limit), view.errs(GateId::DailyLossPercent, 0)))
    })
}

pub(super) fn drawdown(view: &View<'_>, level: Level) -> Found {
    found(|| {
        let limits = &view.facts.limits[place(level)];
        let Some(limit) = limits.drawdown_percent_max else { return Ok(Found::Open) };
        let from = if view.errs(GateId::Drawdown, 1) { DrawdownFrom::Peak } else { limits.drawdown_from };
        let fall = view.fall(level, from, !view.errs(GateId::Drawdown, 2))?;
        Ok(Found::below(fall, Ratio::of(limit), view.errs(GateId::Drawdown, 0)))
    })
}
