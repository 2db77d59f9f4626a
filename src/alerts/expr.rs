//! Conditions over figures: a small tree that is written as PromQL and computed here, by the same rules.
//!
//! **Why a tree and not PromQL.** Text that is also computed needs an engine for all of PromQL; what is written from a tree and
//! computed from the same tree cannot drift apart. It has what conditions need and no more.
//!
//! **Words.** *Level*: what there is one number for: a promise (a policy and target at a place), a *place* (a queue and channel), a
//! queue, or the centre. Of two levels the finer one wins, and the number of the coarser one holds for all of it.
//!
//! **Invariant.** As in PromQL, a comparison gives the left number where it holds and nothing where it does not; what is computed
//! with nothing is nothing. A whole-number constant stands on the right of a comparison only.

use std::fmt::Write;
use std::ops::{Add, Div, Mul, Sub};

use super::figure::Figure;
use super::sight::{Place, Sight};

/// A condition, or a number in one.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    /// A constant.
    Number(f64),
    /// A number that `/metrics` shows.
    Figure(Figure),
    /// What a recording rule of this name keeps; with its window, where the rule has one for each.
    Recorded { record: &'static str, window: Option<String>, body: Box<Expr> },
    /// Two numbers made one.
    Arithmetic(Box<Expr>, Operation, Box<Expr>),
    /// The left number, where that holds.
    Compare(Box<Expr>, Comparison, Box<Expr>),
    /// The left number, as the right one is there or not.
    Choice(Box<Expr>, Choice, Box<Expr>),
    /// The number, at least the one and at most the other.
    Clamp(Box<Expr>, f64, f64),
    /// At how many places, or for how many promises, there is a number; nothing where for none.
    Count(Box<Expr>),
}

/// How two numbers are made one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
    Over,
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Above,
    AtLeast,
    Below,
    Equal,
}

/// What the presence of a number decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The left one where both are there.
    And,
    /// The left one where the right one is not.
    Unless,
    /// The left one, else the right one.
    Or,
}

/// What there is one number for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Constant,
    Centre,
    Queue,
    Place,
    Promise,
}

/// Longer than this a line of PromQL is broken.
const LINE_MAX: usize = 100;
/// How strongly a comparison binds: more than a choice, less than arithmetic.
const COMPARISON_BINDS: u8 = 3;
/// How strongly multiplication does; what joins labels stands in its place.
pub(super) const TIMES_BIND: u8 = Operation::Times.binds();
/// How strongly `and` does.
pub(super) const AND_BINDS: u8 = Choice::And.binds();

impl Expr {
    pub(super) fn above(self, other: impl Into<Self>) -> Self {
        self.compared(Comparison::Above, other.into())
    }

    pub(super) fn at_least(self, other: impl Into<Self>) -> Self {
        self.compared(Comparison::AtLeast, other.into())
    }

    pub(super) fn below(self, other: impl Into<Self>) -> Self {
        self.compared(Comparison::Below, other.into())
    }

    pub(super) fn equal(self, other: impl Into<Self>) -> Self {
        self.compared(Comparison::Equal, other.into())
    }

    pub(super) fn and(self, other: impl Into<Self>) -> Self {
        Self::Choice(self.into(), Choice::And, Box::new(other.into()))
    }

    pub(super) fn unless(self, other: impl Into<Self>) -> Self {
        Self::Choice(self.into(), Choice::Unless, Box::new(other.into()))
    }

    pub(super) fn or(self, other: impl Into<Self>) -> Self {
        Self::Choice(self.into(), Choice::Or, Box::new(other.into()))
    }

    pub(super) fn clamp(self, least: f64, most: f64) -> Self {
        Self::Clamp(self.into(), least, most)
    }

    pub(super) fn count(self) -> Self {
        Self::Count(self.into())
    }

    pub(super) fn recorded(self, record: &'static str, window: Option<String>) -> Self {
        Self::Recorded { record, window, body: self.into() }
    }

    fn compared(self, comparison: Comparison, other: Self) -> Self {
        Self::Compare(self.into(), comparison, other.into())
    }

    fn computed(self, operation: Operation, other: Self) -> Self {
        Self::Arithmetic(self.into(), operation, other.into())
    }

    /// What there is one number for.
    pub(super) fn level(&self) -> Level {
        match self {
            Self::Number(_) => Level::Constant,
            Self::Figure(figure) => figure.level(),
            Self::Recorded { body, .. } | Self::Clamp(body, ..) => body.level(),
            Self::Arithmetic(left, _, right) => left.level().max(right.level()),
            Self::Compare(left, ..) | Self::Choice(left, ..) => left.level(),
            Self::Count(_) => Level::Centre,
        }
    }

    /// Every figure that it reads.
    pub(super) fn figures<'e>(&'e self, visit: &mut dyn FnMut(&'e Figure)) {
        match self {
            Self::Number(_) => {}
            Self::Figure(figure) => visit(figure),
            Self::Recorded { body, .. } | Self::Clamp(body, ..) | Self::Count(body) => body.figures(visit),
            Self::Arithmetic(left, _, right) | Self::Compare(left, _, right) | Self::Choice(left, _, right) => {
                left.figures(visit);
                right.figures(visit);
            }
        }
    }

    /// The number at a place, where there is one.
    pub(super) fn value(&self, sight: &Sight<'_>, place: &Place<'_>) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Figure(figure) => figure.value(sight, place),
            Self::Recorded { body, .. } => body.value(sight, place),
            Self::Arithmetic(left, operation, right) => {
                Some(operation.of(left.value(sight, place)?, right.value(sight, place)?))
            }
            Self::Compare(left, comparison, right) => {
                let left = left.value(sight, place)?;
                comparison.holds(left, right.value(sight, place)?).then_some(left)
            }
            Self::Choice(left, choice, right) => choice.of(
                left.value(sight, place),
                || right.value(sight, place).is_some(),
                || right.value(sight, place),
            ),
            Self::Clamp(body, least, most) => Some(body.value(sight, place)?.min(*most).max(*least)),
            Self::Count(body) => {
                let count = sight.spots(body.level()).filter(|spot| body.value(sight, spot).is_some()).count();
                (count > 0).then_some(count as f64)
            }
        }
    }

    /// As PromQL.
    pub(super) fn promql(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Figure(figure) => figure.promql(),
            Self::Recorded { record, window: None, .. } => (*record).to_owned(),
            Self::Recorded { record, window: Some(window), .. } => format!("{record}{{window=\"{window}\"}}"),
            Self::Arithmetic(left, operation, right) => {
                let (left_text, right_text) = (left.within(operation.binds()), right.within(operation.binds() + 1));
                joined(left_text, operation.sign(), &matching(left, right, true), &right_text)
            }
            Self::Compare(left, comparison, right) => {
                let (left_text, right_text) = (left.within(COMPARISON_BINDS + 1), right.within(COMPARISON_BINDS + 1));
                joined(left_text, comparison.sign(), &matching(left, right, true), &right_text)
            }
            Self::Choice(left, choice, right) => {
                let (left_text, right_text) = (left.within(choice.binds()), right.within(choice.binds() + 1));
                joined(left_text, choice.sign(), &matching(left, right, false), &right_text)
            }
            Self::Clamp(body, least, most) => format!("clamp({}, {least}, {most})", body.promql()),
            Self::Count(body) => called("count", &body.promql()),
        }
    }

    /// As PromQL that stands where something binds so strongly: in brackets if it binds less.
    pub(super) fn within(&self, binds: u8) -> String {
        let own = match self {
            Self::Choice(_, choice, _) => choice.binds(),
            Self::Compare(..) => COMPARISON_BINDS,
            Self::Arithmetic(_, operation, _) => operation.binds(),
            _ => u8::MAX,
        };
        if own < binds { bracketed(&self.promql()) } else { self.promql() }
    }
}

impl From<f64> for Expr {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Figure> for Expr {
    fn from(figure: Figure) -> Self {
        Self::Figure(figure)
    }
}

macro_rules! operators {
    ($($operator:ident $function:ident $operation:ident;)*) => {$(
        impl<T: Into<Expr>> $operator<T> for Expr {
            type Output = Self;
            fn $function(self, other: T) -> Self {
                self.computed(Operation::$operation, other.into())
            }
        }
    )*};
}

operators! {
    Add add Plus;
    Sub sub Minus;
    Mul mul Times;
    Div div Over;
}

impl Operation {
    const fn binds(self) -> u8 {
        match self {
            Self::Plus | Self::Minus => COMPARISON_BINDS + 1,
            Self::Times | Self::Over => COMPARISON_BINDS + 2,
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
        }
    }

    fn of(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Plus => left + right,
            Self::Minus => left - right,
            Self::Times => left * right,
            Self::Over => left / right,
        }
    }
}

impl Comparison {
    const fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::Equal => "==",
        }
    }

    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Above => left > right,
            Self::AtLeast => left >= right,
            Self::Below => left < right,
            Self::Equal => left == right,
        }
    }
}

impl Choice {
    const fn binds(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And | Self::Unless => 2,
        }
    }

    const fn sign(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Unless => "unless",
            Self::Or => "or",
        }
    }

    /// The right side is looked at only where it decides.
    fn of(self, left: Option<f64>, is_right: impl Fn() -> bool, right: impl Fn() -> Option<f64>) -> Option<f64> {
        match self {
            Self::And => left.filter(|_| is_right()),
            Self::Unless => left.filter(|_| !is_right()),
            Self::Or => left.or_else(right),
        }
    }
}

/// By which labels two vectors are matched; computing with a coarser one says also which side has more.
fn matching(left: &Expr, right: &Expr, is_grouped: bool) -> String {
    let (left, right) = (left.level(), right.level());
    let labels = match left.min(right) {
        Level::Constant => return String::new(),
        Level::Centre => "",
        Level::Queue => "queue",
        Level::Place => "queue, channel",
        Level::Promise => "queue, channel, policy, target",
    };
    let group = match left.cmp(&right) {
        std::cmp::Ordering::Greater if is_grouped => " group_left ()",
        std::cmp::Ordering::Less if is_grouped => " group_right ()",
        _ => "",
    };
    format!(" on ({labels}){group}")
}

/// Two operands with an operator between them, on two lines where one would be long.
fn joined(left: String, sign: &str, matching: &str, right: &str) -> String {
    let line = format!("{left} {sign}{matching} {right}");
    let is_short = line.len() <= LINE_MAX && !line.contains('\n');
    if is_short { line } else { format!("{left}\n{sign}{matching} {right}") }
}

/// In brackets, its lines moved in where it has several.
pub(super) fn bracketed(text: &str) -> String {
    called("", text)
}

fn called(function: &str, text: &str) -> String {
    if !text.contains('\n') {
        return format!("{function}({text})");
    }
    let mut lines = format!("{function}(\n");
    for line in text.lines() {
        writeln!(lines, "  {line}").expect("writing to a string");
    }
    lines + ")"
}
