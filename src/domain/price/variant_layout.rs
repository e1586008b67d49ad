//! Prices that depend on several conditions at once, laid out as a row with nested variants.
//!
//! A foreign table says what a call costs for each combination of conditions. A row says it by
//! variants, of which the one with most conditions wins, bucket by bucket. So every combination gets
//! its own variant, and every bucket that differs anywhere is written in each of them, but for those
//! that always follow their parent.

use super::book::{Components, Condition, Place, Variant};
use crate::domain::call::{METERS, Meter};
use crate::domain::money::Exact;

/// Rates per single unit; none: as the meter's parent, and nothing where that has none either.
pub type Rates = [Option<Exact>; METERS];

/// Conditions of which at most one holds for a call.
pub type Axis = Vec<Condition>;

/// Which condition of each axis holds.
pub type Choice = Vec<Option<usize>>;

/// The meter that has a price for some calls and none for others, which no row can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceEnds(pub Meter);

/// The row's own rates and its variants.
///
/// # Errors
/// A meter that has a price in one combination and neither it nor its parents have one in another.
pub fn lay_out(
    axes: &[Axis],
    place: &Place,
    price: &dyn Fn(&Choice) -> Rates,
) -> Result<(Components, Vec<Variant>), PriceEnds> {
    let mut layout = Layout { axes: axes.to_vec(), kept: Vec::new(), place, price, varying: Vec::new() };
    layout.kept = axes.iter().map(|axis| vec![true; axis.len()]).collect();
    let mut base = price(&vec![None; axes.len()]);
    layout.prune();
    if layout.kept.iter().flatten().any(|kept| *kept) {
        for meter in Meter::ALL {
            if layout.follows_parent(meter) {
                base[meter.index()] = None;
            } else if layout.varies(meter)? {
                layout.varying.push(meter);
            }
        }
    }
    let mut choice = vec![None; axes.len()];
    let variants = layout.nest(0, &mut choice);
    Ok((Components { rates: base, ..Components::default() }, variants))
}

struct Layout<'a> {
    axes: Vec<Axis>,
    /// Conditions that change something somewhere.
    kept: Vec<Vec<bool>>,
    place: &'a Place,
    price: &'a dyn Fn(&Choice) -> Rates,
    varying: Vec<Meter>,
}

/// What each meter costs, its parents' prices taken where it has none.
fn effective(rates: &Rates) -> Rates {
    Meter::ALL.map(|meter| {
        let mut line = std::iter::successors(Some(meter), |m| m.parent());
        line.find_map(|m| rates[m.index()])
    })
}

impl Layout<'_> {
    /// Every combination of the conditions kept.
    fn choices(&self) -> Vec<Choice> {
        let mut all = vec![Vec::new()];
        for kept in &self.kept {
            let options: Vec<Option<usize>> =
                std::iter::once(None).chain((0..kept.len()).filter(|o| kept[*o]).map(Some)).collect();
            all = all
                .iter()
                .flat_map(|choice: &Choice| options.iter().map(|o| choice.iter().copied().chain([*o]).collect()))
                .collect();
        }
        all
    }

    /// Drops conditions under which nothing ever costs anything else.
    fn prune(&mut self) {
        for axis in 0..self.axes.len() {
            for option in 0..self.axes[axis].len() {
                let choices = self.choices();
                let mut with = choices.iter().filter(|choice| choice[axis] == Some(option));
                let idle = with.all(|choice| {
                    let mut without = choice.clone();
                    without[axis] = None;
                    effective(&(self.price)(choice)) == effective(&(self.price)(&without))
                });
                self.kept[axis][option] = !idle;
            }
        }
    }

    /// Whether a meter always costs what its parent does.
    fn follows_parent(&self, meter: Meter) -> bool {
        let Some(parent) = meter.parent() else { return false };
        self.choices().iter().all(|choice| {
            let prices = effective(&(self.price)(choice));
            prices[meter.index()] == prices[parent.index()]
        })
    }

    /// Whether a meter's price must be written in every variant.
    fn varies(&self, meter: Meter) -> Result<bool, PriceEnds> {
        let choices = self.choices();
        let prices: Vec<(Option<Exact>, Option<Exact>)> = choices
            .iter()
            .map(|choice| {
                let rates = (self.price)(choice);
                (rates[meter.index()], effective(&rates)[meter.index()])
            })
            .collect();
        if prices.iter().all(|p| p.0.is_none()) || prices.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(false);
        }
        if prices.iter().any(|p| p.1.is_none()) {
            return Err(PriceEnds(meter));
        }
        Ok(true)
    }

    fn nest(&self, from: usize, choice: &mut Choice) -> Vec<Variant> {
        let mut variants = Vec::new();
        for axis in from..self.axes.len() {
            for option in (0..self.axes[axis].len()).filter(|o| self.kept[axis][*o]) {
                choice[axis] = Some(option);
                let prices = effective(&(self.price)(choice));
                let mut components = Components::default();
                for meter in &self.varying {
                    components.rates[meter.index()] = prices[meter.index()];
                }
                let condition = self.axes[axis][option].clone();
                let nested = self.nest(axis + 1, choice);
                variants.push(Variant { condition, components, nested, place: self.place.clone() });
                choice[axis] = None;
            }
        }
        variants
    }
}
