//! Tests of the tasks.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod arm;
#[cfg(test)]
mod backends;
#[cfg(test)]
mod baseline;
#[cfg(test)]
mod bits;
#[cfg(test)]
mod drawn;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod physics;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod settings;
