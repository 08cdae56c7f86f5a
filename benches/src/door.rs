//! The one door, by an engine or by the guard that threads share: a bench asks either in the same words.

use risk_core::{
    AccountHandle, Clock, Decision, Engine, IngestError, Input, InstrumentHandle, Journal, Order, Outbound,
    Permit, Rejection, RiskGuard, StrategyHandle, UnknownName,
};

/// What the benches ask of either.
#[allow(missing_docs, reason = "each method is the one of its name of the engine")]
#[allow(clippy::missing_errors_doc, reason = "as above")]
pub trait Door {
    fn evaluate(&mut self, order: &Order) -> Decision;
    fn redeem(&mut self, permit: Permit) -> Result<Outbound, Rejection>;
    fn release(&mut self, permit: Permit) -> Result<Order, Rejection>;
    fn ingest(&mut self, input: Input) -> Result<(), IngestError>;
    fn account(&self, name: &str) -> Result<AccountHandle, UnknownName>;
    fn strategy(&self, account: AccountHandle, name: &str) -> Result<StrategyHandle, UnknownName>;
    fn instrument(&self, symbol: &str) -> Result<InstrumentHandle, UnknownName>;
}

macro_rules! door {
    ($($generic:ident: $bound:ident),*; $door:ty) => {
        impl<$($generic: $bound),*> Door for $door {
            #[inline]
            fn evaluate(&mut self, order: &Order) -> Decision {
                <$door>::evaluate(self, order)
            }

            fn redeem(&mut self, permit: Permit) -> Result<Outbound, Rejection> {
                <$door>::redeem(self, permit)
            }

            fn release(&mut self, permit: Permit) -> Result<Order, Rejection> {
                <$door>::release(self, permit)
            }

            #[inline]
            fn ingest(&mut self, input: Input) -> Result<(), IngestError> {
                <$door>::ingest(self, input).map(|_| ())
            }

            fn account(&self, name: &str) -> Result<AccountHandle, UnknownName> {
                <$door>::account(self, name)
            }

            fn strategy(&self, account: AccountHandle, name: &str) -> Result<StrategyHandle, UnknownName> {
                <$door>::strategy(self, account, name)
            }

            fn instrument(&self, symbol: &str) -> Result<InstrumentHandle, UnknownName> {
                <$door>::instrument(self, symbol)
            }
        }
    };
}

// A method that the type has itself comes before the trait's: none of these calls itself.
door!(C: Clock, J: Journal; Engine<C, J>);
door!(; RiskGuard);
