//! What should come out: the words after `->`, counts of a repetition, and `expect` lines.

use std::cmp::Ordering;

use risk_core::parse_decimal;

use super::words::whole;

/// The answer to one attempt: its first words. Numbers are compared as numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected(pub(super) Vec<String>);

impl Expected {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        if words.is_empty() { Err("nothing stands after ->".to_owned()) } else { Ok(Self(words)) }
    }

    /// Whether a reply begins with these words.
    pub(super) fn is_met(&self, reply: &[String]) -> bool {
        self.0.len() <= reply.len()
            && self.0.iter().zip(reply).all(|(word, replied)| compare(word, replied) == Some(Ordering::Equal))
    }

    pub(super) fn text(&self) -> String {
        self.0.join(" ")
    }
}

/// How many of a repetition's orders get which answer. Answers that are not listed must not occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts(pub(super) Vec<(String, u64)>);

impl Counts {
    /// `approved 250 rejected RATE_LIMIT 750`
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut counts = Vec::new();
        let mut answer: Vec<&str> = Vec::new();
        for word in text.split_whitespace() {
            if word.chars().all(|c| c.is_ascii_digit()) {
                counts.push((answer.join(" "), whole("count", word)?));
                answer.clear();
            } else {
                answer.push(word);
            }
        }
        if counts.is_empty() || !answer.is_empty() || counts.iter().any(|(answer, _)| answer.is_empty()) {
            return Err(format!("{text:?} is not ANSWER COUNT ANSWER COUNT ..."));
        }
        Ok(Self(counts))
    }
}

/// A question and what its answer must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The question's words, such as `position main BTC`.
    pub query: Vec<String>,
    /// How the answer compares.
    pub compare: Relation,
    /// With what.
    pub value: String,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are equal, as numbers where both are.
    Equal,
    /// The first is not larger.
    AtMost,
    /// The first is not smaller.
    AtLeast,
    /// The first is smaller.
    Below,
    /// The first is larger.
    Above,
}

impl Check {
    /// `position main BTC 3`, `gross main <= 1000`
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut words: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        let value = words.pop().ok_or("a value is missing")?;
        let compare = match words.last().map(String::as_str) {
            Some("=") => Some(Relation::Equal),
            Some("<=") => Some(Relation::AtMost),
            Some(">=") => Some(Relation::AtLeast),
            Some("<") => Some(Relation::Below),
            Some(">") => Some(Relation::Above),
            _ => None,
        };
        if compare.is_some() {
            words.pop();
        }
        if words.is_empty() {
            return Err(format!("{text:?} asks nothing: expect QUESTION [<=] VALUE"));
        }
        Ok(Self { query: words, compare: compare.unwrap_or(Relation::Equal), value })
    }

    pub(super) fn is_met(&self, answer: &str) -> bool {
        let order = compare(answer, &self.value);
        match self.compare {
            Relation::Equal => order == Some(Ordering::Equal),
            Relation::AtMost => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Relation::AtLeast => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
            Relation::Below => order == Some(Ordering::Less),
            Relation::Above => order == Some(Ordering::Greater),
        }
    }
}

/// As numbers where both are numbers; otherwise equal or not comparable.
fn compare(one: &str, other: &str) -> Option<Ordering> {
    match (parse_decimal(one), parse_decimal(other)) {
        (Ok(one), Ok(other)) => Some(one.cmp(&other)),
        _ => (one == other).then_some(Ordering::Equal),
    }
}
