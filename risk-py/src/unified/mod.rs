//! The drop-in for a trader that calls `UnifiedRiskGuard`: what it says is read here, told to the core, and the answer is
//! written to the audit log. Limits are judged by the core alone.
//!
//! An order's way: what Python says is read without any lock (`order`, `market`, `readings` with `limits` and
//! `portfolio`), judged under the
//! one lock without any Python (`desk`, `telling`, with `symbols`, `holds` and `repeats`), and answered (`answer`, `audit`).

// What is read.
mod limits;
mod market;
mod order;
mod portfolio;
mod readings;
mod refusal;
// What is judged.
mod desk;
mod holds;
mod repeats;
mod symbols;
mod telling;
// What is answered.
mod answer;
mod audit;
mod history;
mod text;
// The guard that the trader calls.
mod guard;

pub(crate) use answer::RiskEvaluationResult;
pub(crate) use guard::UnifiedGuard;
pub(crate) use history::Decisions;
pub(crate) use text::_stamp;
