//! Attributes as numbers and words, default classes included.

use std::collections::BTreeMap;

use crate::error::MjcfError;
use crate::tree::Element;

/// A default class: what its elements say where an element of the model says nothing.
#[derive(Clone, Debug)]
struct Class {
    /// The class above, and how many of its elements stood there when this one was opened: later
    /// ones do not reach it.
    parent: Option<(usize, usize)>,
    /// Elements of the class, in the order of the file.
    elements: Vec<Element>,
}

/// The default classes of one model.
#[derive(Clone, Debug)]
pub(crate) struct Defaults {
    classes: Vec<Class>,
    names: BTreeMap<String, usize>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            classes: vec![Class {
                parent: None,
                elements: Vec::new(),
            }],
            names: BTreeMap::from([("main".to_owned(), 0)]),
        }
    }
}

impl Defaults {
    /// Takes in a `default` section of the model.
    pub(crate) fn add(&mut self, section: &Element) -> Result<(), MjcfError> {
        if section.text("class").is_some_and(|name| name != "main") {
            return Err(section.invalid("the top-level class is called `main`"));
        }
        self.fill(section, 0)
    }

    fn fill(&mut self, section: &Element, class: usize) -> Result<(), MjcfError> {
        let nested = |e: &&Element| &*e.name == "default";
        let own = section.children.iter().filter(|e| !nested(e));
        self.classes[class].elements.extend(own.cloned());
        for child in section.children.iter().filter(nested) {
            let name = child
                .text("class")
                .ok_or_else(|| child.invalid("expected a class name"))?;
            let index = self.classes.len();
            if self.names.insert(name.to_owned(), index).is_some() {
                return Err(MjcfError::RepeatedName {
                    place: child.place.clone(),
                    kind: "default class",
                    name: name.to_owned(),
                });
            }
            self.classes.push(Class {
                parent: Some((class, self.classes[class].elements.len())),
                elements: Vec::new(),
            });
            self.fill(child, index)?;
        }
        Ok(())
    }

    /// Whether there is a class of the name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// The elements of a class and of those above it, one list per class, nearest class first.
    pub(crate) fn chain(&self, name: &str) -> Vec<&[Element]> {
        let mut chain = Vec::new();
        let mut class = self.names.get(name).map(|index| (*index, usize::MAX));
        while let Some((index, count)) = class {
            let elements = &self.classes[index].elements;
            chain.push(&elements[..count.min(elements.len())]);
            class = self.classes[index].parent;
        }
        chain
    }

    /// Every element of every class, to be changed.
    pub(crate) fn elements_mut(&mut self) -> impl Iterator<Item = &mut Element> {
        self.classes.iter_mut().flat_map(|c| c.elements.iter_mut())
    }

    /// An element seen through its class, or through `inherited` if it names none.
    pub(crate) fn view<'a>(
        &'a self,
        element: &'a Element,
        kind: &str,
        inherited: &str,
    ) -> Result<View<'a>, MjcfError> {
        self.view_any(element, &[kind], inherited)
    }

    /// As [`Self::view`], for elements that share their defaults under several names.
    pub(crate) fn view_any<'a>(
        &'a self,
        element: &'a Element,
        kinds: &[&str],
        inherited: &str,
    ) -> Result<View<'a>, MjcfError> {
        let class = self.class_of(element, inherited)?;
        let mut levels = vec![element];
        for elements in self.chain(class) {
            levels.extend(elements.iter().rev().filter(|e| kinds.contains(&&*e.name)));
        }
        Ok(View { levels })
    }

    /// The class that holds for an element.
    pub(crate) fn class_of<'a>(
        &self,
        element: &'a Element,
        inherited: &'a str,
    ) -> Result<&'a str, MjcfError> {
        let class = element.text("class").unwrap_or(inherited);
        if self.has(class) {
            return Ok(class);
        }
        Err(element.unknown("default class", class))
    }
}

/// An element's attributes, nearest opinion first.
#[derive(Clone, Debug)]
pub(crate) struct View<'a> {
    levels: Vec<&'a Element>,
}

impl<'a> View<'a> {
    /// An element without defaults.
    pub(crate) fn plain(element: &'a Element) -> Self {
        Self {
            levels: vec![element],
        }
    }

    /// The element itself.
    pub(crate) fn element(&self) -> &'a Element {
        self.levels[0]
    }

    /// Opinions, the element first, then its class, then the classes above.
    pub(crate) fn levels(&self) -> &[&'a Element] {
        &self.levels
    }

    /// The text that holds.
    pub(crate) fn text(&self, attribute: &str) -> Option<&'a str> {
        self.levels.iter().find_map(|e| e.text(attribute))
    }

    /// The numbers that hold, if any are written.
    pub(crate) fn numbers(&self, attribute: &str) -> Option<Vec<f64>> {
        self.text(attribute).map(numbers)
    }

    /// The first number that holds.
    pub(crate) fn number(&self, attribute: &str) -> Option<f64> {
        self.numbers(attribute)?.first().copied()
    }

    /// One number, or what holds if nothing is written.
    pub(crate) fn number_or(&self, attribute: &str, fallback: f64) -> f64 {
        self.number(attribute).unwrap_or(fallback)
    }

    /// A whole number, or what holds if nothing is written.
    pub(crate) fn integer_or(&self, attribute: &str, fallback: i32) -> i32 {
        let text = self
            .text(attribute)
            .and_then(|t| t.split_whitespace().next());
        text.and_then(|t| t.parse().ok()).unwrap_or(fallback)
    }

    /// Numbers over a fallback: a short list replaces the first ones only, also those of a class.
    pub(crate) fn fill<const N: usize>(&self, attribute: &str, fallback: [f64; N]) -> [f64; N] {
        let mut made = fallback;
        for element in self.levels.iter().rev() {
            let written = element.text(attribute).map(numbers).unwrap_or_default();
            for (slot, value) in made.iter_mut().zip(written) {
                *slot = value;
            }
        }
        made
    }

    /// Exactly N numbers, if they are written.
    pub(crate) fn exact<const N: usize>(&self, attribute: &str) -> Option<[f64; N]> {
        self.numbers(attribute)?.try_into().ok()
    }

    /// A switch.
    pub(crate) fn truth_or(&self, attribute: &str, fallback: bool) -> bool {
        self.text(attribute).map_or(fallback, |t| t == "true")
    }

    /// Whether a range limits anything: as its switch says, else if it is wider than nothing.
    ///
    /// # Errors
    /// Without automatic limits a range needs its switch.
    pub(crate) fn limited(
        &self,
        switch: &str,
        range: &str,
        autolimits: bool,
    ) -> Result<Option<[f64; 2]>, MjcfError> {
        let span = self.fill(range, [0.0; 2]);
        let on = match self.text(switch) {
            Some("true") => true,
            Some("false") => false,
            _ => {
                if !autolimits && span != [0.0; 2] {
                    let rule = format!("`{range}` needs `{switch}` where `autolimits` is off");
                    return Err(self.element().invalid(rule));
                }
                span[0] < span[1]
            }
        };
        Ok(on.then_some(span))
    }
}

/// Numbers of a text that the grammar has checked.
pub(crate) fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .filter_map(|w| w.parse().ok())
        .collect()
}
