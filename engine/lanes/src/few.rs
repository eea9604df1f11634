//! A short list that lives where it is declared.
#![expect(
    unsafe_code,
    reason = "elements below the length are initialised; see the SAFETY notes"
)]

use core::fmt::{self, Debug};
use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};

/// Up to `N` elements without a heap; room that is not used costs no time.
///
/// Laws keep one element per link in it. Every method is `inline(always)`, so that elements stay in registers
/// of the caller that enables the SIMD instructions.
pub struct Few<T, const N: usize> {
    items: [MaybeUninit<T>; N],
    /// At most `N`; all items below it are initialised.
    len: usize,
}

impl<T: Copy, const N: usize> Few<T, N> {
    /// No elements.
    #[inline(always)]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            items: [const { MaybeUninit::uninit() }; N],
            len: 0,
        }
    }

    /// `len` times the same.
    ///
    /// # Panics
    ///
    /// If there is no room for as many.
    #[inline(always)]
    #[must_use]
    pub fn filled(value: T, len: usize) -> Self {
        let mut few = Self::new();
        for _ in 0..len {
            few.push(value);
        }
        few
    }

    /// Appends an element.
    ///
    /// # Panics
    ///
    /// If all `N` places are taken.
    #[inline(always)]
    pub fn push(&mut self, value: T) {
        self.items[self.len] = MaybeUninit::new(value);
        self.len += 1;
    }
}

impl<T: Copy, const N: usize> Default for Few<T, N> {
    #[inline(always)]
    fn default() -> Self {
        Self::new()
    }
}

impl<T, const N: usize> Deref for Few<T, N> {
    type Target = [T];
    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: `push` alone raises `len`, after it has initialised the item, and panics beyond `N`.
        unsafe { core::slice::from_raw_parts(self.items.as_ptr().cast(), self.len) }
    }
}

impl<T, const N: usize> DerefMut for Few<T, N> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`; the borrow of `self` is exclusive.
        unsafe { core::slice::from_raw_parts_mut(self.items.as_mut_ptr().cast(), self.len) }
    }
}

impl<T: Copy, const N: usize> Clone for Few<T, N> {
    #[inline(always)]
    fn clone(&self) -> Self {
        let mut few = Self::new();
        for k in 0..self.len {
            few.push(self[k]);
        }
        few
    }
}

impl<T: Copy, const N: usize> FromIterator<T> for Few<T, N> {
    /// # Panics
    ///
    /// If there are more than `N`.
    #[inline(always)]
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::new();
        for item in items {
            few.push(item);
        }
        few
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a Few<T, N> {
    type Item = &'a T;
    type IntoIter = core::slice::Iter<'a, T>;
    #[inline(always)]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a mut Few<T, N> {
    type Item = &'a mut T;
    type IntoIter = core::slice::IterMut<'a, T>;
    #[inline(always)]
    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: Debug, const N: usize> Debug for Few<T, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Few;

    #[test]
    fn holds_what_was_pushed() {
        let mut few: Few<u32, 4> = (1..4).collect();
        assert_eq!(*few, [1, 2, 3]);
        few.push(4);
        few[0] = 7;
        assert_eq!(*few.clone(), [7, 2, 3, 4]);
        assert_eq!(few.iter().sum::<u32>(), 16);
        assert_eq!(*Few::<u8, 3>::filled(5, 2), [5, 5]);
        assert!(Few::<u8, 0>::default().is_empty());
    }

    #[test]
    #[should_panic(expected = "index out of bounds")]
    fn has_no_room_beyond() {
        assert!(Few::<u8, 2>::filled(0, 3).is_empty(), "panics before");
    }
}
