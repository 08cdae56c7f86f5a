//! The recording as typed rows. A row that cannot be read exactly is an error with its file and line.

use csv::{ReaderBuilder, StringRecord};
use risk_core::Side;
use rust_decimal::Decimal;

const ORDER_COLUMNS: [&str; 7] =
    ["id", "timestamp", "exchange_timestamp", "price", "volume", "action", "direction"];
const TRADE_COLUMNS: [&str; 8] = [
    "trade_id",
    "timestamp",
    "exchange_timestamp",
    "price",
    "amount",
    "buy_order_id",
    "sell_order_id",
    "side",
];

/// What the exchange reports about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It has arrived.
    Created,
    /// Part of it has traded; the volume is what is left.
    Changed,
    /// It is gone: filled when the volume is 0, else cancelled.
    Deleted,
}

/// One row of `orders.csv`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderRow {
    /// Its line in the file, the heading being line 1.
    pub(crate) line: u64,
    /// The exchange's order id.
    pub(crate) id: u64,
    /// When the exchange says it happened, in milliseconds.
    pub(crate) exchange_ms: i64,
    /// The order's price, on a fill the price of the fill; USD.
    pub(crate) price: Decimal,
    /// What is left of the order; BTC.
    pub(crate) volume: Decimal,
    /// What happened.
    pub(crate) action: Action,
    /// The order's side.
    pub(crate) side: Side,
}

/// One row of `trades.csv`. The trades are not needed to replay the orders: they check them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TradeRow {
    /// BTC that changed hands.
    pub(crate) amount: Decimal,
    /// The order that bought.
    pub(crate) buy_order: u64,
    /// The order that sold.
    pub(crate) sell_order: u64,
}

/// A row that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}, line {line}: {problem}")]
pub(crate) struct RowError {
    file: String,
    line: u64,
    problem: Problem,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("{0}")]
    Csv(csv::Error),
    #[error("the columns are not {expected} but {found}")]
    Columns { expected: String, found: String },
    #[error("column `{column}`: `{text}` is not {wanted}")]
    Field { column: &'static str, text: String, wanted: &'static str },
}

/// Reads `orders.csv`; `file` is the name for errors.
pub(crate) fn orders(file: &str, bytes: &[u8]) -> Result<Vec<OrderRow>, RowError> {
    table(file, bytes, ORDER_COLUMNS, |line, fields| {
        // The received time, column 1, is checked but not kept: it runs backwards, and nothing is decided by it.
        fields.whole::<i64>(1)?;
        Ok(OrderRow {
            line,
            id: fields.whole(0)?,
            exchange_ms: fields.whole(2)?,
            price: fields.decimal(3)?,
            volume: fields.decimal(4)?,
            action: fields.word(
                5,
                [("created", Action::Created), ("changed", Action::Changed), ("deleted", Action::Deleted)],
            )?,
            side: fields.word(6, [("bid", Side::Buy), ("ask", Side::Sell)])?,
        })
    })
}

/// Reads `trades.csv`; `file` is the name for errors.
pub(crate) fn trades(file: &str, bytes: &[u8]) -> Result<Vec<TradeRow>, RowError> {
    table(file, bytes, TRADE_COLUMNS, |_, fields| {
        fields.decimal(3)?;
        fields.word(7, [("buy", ()), ("sell", ())])?;
        Ok(TradeRow { amount: fields.decimal(4)?, buy_order: fields.whole(5)?, sell_order: fields.whole(6)? })
    })
}

fn table<const N: usize, Row>(
    file: &str,
    bytes: &[u8],
    columns: [&'static str; N],
    row: impl Fn(u64, &Fields<'_, N>) -> Result<Row, Problem>,
) -> Result<Vec<Row>, RowError> {
    let at = |line| move |problem| RowError { file: file.to_owned(), line, problem };
    let mut reader = ReaderBuilder::new().from_reader(bytes);
    let heading = reader.headers().map_err(|error| at(1)(Problem::Csv(error)))?;
    if heading.iter().ne(columns) {
        let found = heading.iter().collect::<Vec<_>>().join(",");
        return Err(at(1)(Problem::Columns { expected: columns.join(","), found }));
    }
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    let mut lines = Lines::new(bytes);
    loop {
        // The reader stops in the middle of a line end of two characters, and counts it as the line before.
        let line = lines.at(reader.position().byte());
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(rows),
            Ok(true) => rows.push(row(line, &Fields { columns, record: &record }).map_err(at(line))?),
            Err(error) => return Err(at(line)(Problem::Csv(error))),
        }
    }
}

/// Line numbers of ever later places in a file.
struct Lines<'a> {
    bytes: &'a [u8],
    seen: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, seen: 0, line: 1 }
    }

    /// The line of the first character at or after `byte` that does not end a line.
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(&next) = self.bytes.get(self.seen) {
            if self.seen >= byte && !matches!(next, b'\r' | b'\n') {
                break;
            }
            self.line += u64::from(next == b'\n');
            self.seen += 1;
        }
        self.line
    }
}

/// The fields of one row, read by column number.
struct Fields<'a, const N: usize> {
    columns: [&'static str; N],
    record: &'a StringRecord,
}

impl<const N: usize> Fields<'_, N> {
    fn read<T>(
        &self,
        column: usize,
        wanted: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Problem> {
        let text = self.record.get(column).unwrap_or_default();
        parse(text).ok_or_else(|| Problem::Field {
            column: self.columns[column],
            text: text.to_owned(),
            wanted,
        })
    }

    fn whole<T: std::str::FromStr>(&self, column: usize) -> Result<T, Problem> {
        self.read(column, "a whole number", |text| text.parse().ok())
    }

    fn decimal(&self, column: usize) -> Result<Decimal, Problem> {
        self.read(column, "a decimal number that can be kept exactly", exact)
    }

    fn word<T: Copy, const M: usize>(&self, column: usize, words: [(&str, T); M]) -> Result<T, Problem> {
        self.read(column, "one of the words this column has", |text| {
            words.iter().find(|(word, _)| *word == text).map(|&(_, meaning)| meaning)
        })
    }
}

/// A decimal number, also in the form `7.18e-06`, or nothing when it would have to be rounded.
fn exact(text: &str) -> Option<Decimal> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    let mantissa = Decimal::from_str_exact(mantissa).ok()?.normalize();
    let exponent: i64 = exponent.parse().ok()?;
    let places = i64::from(mantissa.scale()) - exponent;
    match u32::try_from(places) {
        Ok(places) => Decimal::try_from_i128_with_scale(mantissa.mantissa(), places).ok(),
        Err(_) => {
            let zeros = u32::try_from(places.unsigned_abs()).ok()?;
            let whole = mantissa.mantissa().checked_mul(10_i128.checked_pow(zeros)?)?;
            Decimal::try_from_i128_with_scale(whole, 0).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_or_refused() {
        let kept = |text| exact(text).map(|number| number.normalize().to_string());
        assert_eq!(kept("7.18e-06").as_deref(), Some("0.00000718"));
        assert_eq!(kept("1E-8").as_deref(), Some("0.00000001"));
        assert_eq!(kept("1.5e3").as_deref(), Some("1500"));
        assert_eq!(kept("78318.0").as_deref(), Some("78318"));
        for text in ["", "nan", "inf", "1e-29", "1e40", "1e", "0.12345678901234567890123456789012"] {
            assert_eq!(exact(text), None, "{text}");
        }
    }

    #[test]
    fn a_bad_row_is_named_by_file_and_line() {
        let heading = ORDER_COLUMNS.join(",");
        let good = "1,2,3,78318.0,7.18e-06,created,bid";
        let read = |text: String| {
            orders("mine.csv", text.as_bytes()).map(|rows| rows.len()).map_err(|e| e.to_string())
        };
        assert_eq!(read(format!("{heading}\n{good}\n{good}\n")), Ok(2));
        let bad = read(format!("{heading}\n{good}\n1,2,3,abc,1,created,bid\n"));
        assert_eq!(
            bad,
            Err("mine.csv, line 3: column `price`: `abc` is not a decimal number that can be kept exactly"
                .into())
        );
        let bad = read(format!("{heading}\r\n{good}\r\n\r\n1,2,3,4,abc,created,bid\r\n")).unwrap_err();
        assert!(bad.starts_with("mine.csv, line 4: column `volume`"), "{bad}");
        let bad = read(format!("{heading}\n1,2,3\n")).unwrap_err();
        assert!(bad.starts_with("mine.csv, line 2: "), "{bad}");
        let bad = read("a,b\n1,2\n".to_owned()).unwrap_err();
        assert!(bad.starts_with("mine.csv, line 1: the columns are not id,"), "{bad}");
    }
}
