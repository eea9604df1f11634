//! One thing per link.

use halle_lanes::Few;
use halle_model::MAX_LINKS;

/// One thing per link of the model, in the order of its links.
pub type Links<T> = Few<T, MAX_LINKS>;
