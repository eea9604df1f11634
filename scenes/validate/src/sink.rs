//! Where checks put what they find: equal findings on equal parts become one with a count.

use std::collections::BTreeMap;

use halle_world::components::SourcePath;
use halle_world::{Entity, Finding, Site, World};

use crate::report::Entry;
use crate::rule::{Profile, Rule, also};

/// Prims that an entry names beside the first.
const NAMED: usize = 20;

/// What makes findings alike: code, layer, name of the prim, property, words.
type Key = (&'static str, String, String, String, String);

/// Collects findings.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    profile: Profile,
    entries: Vec<Entry>,
    known: BTreeMap<Key, usize>,
}

/// A finding about to be told.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) message: String,
    pub(crate) note: String,
    pub(crate) help: &'static str,
    /// Stands for the message where that holds more than what is the same in all instances.
    pub(crate) alike: Option<String>,
}

/// What was found and what to do about it.
pub(crate) fn word(message: impl Into<String>, help: &'static str) -> Word {
    Word {
        message: message.into(),
        note: String::new(),
        help,
        alike: None,
    }
}

impl Word {
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    pub(crate) fn alike(mut self, alike: impl Into<String>) -> Self {
        self.alike = Some(alike.into());
        self
    }
}

impl Sink {
    pub(crate) fn new(profile: Profile) -> Self {
        Self {
            profile,
            ..Self::default()
        }
    }

    /// Whether a rule holds in this profile.
    pub(crate) fn asks(&self, rule: &Rule) -> bool {
        rule.in_profile(self.profile).is_some()
    }

    /// Tells something about a place.
    pub(crate) fn at(&mut self, rule: &Rule, site: Site, word: Word) {
        let Some(severity) = rule.in_profile(self.profile) else {
            return;
        };
        let finding = Finding::new(severity, rule.code, site, word.message)
            .note(word.note)
            .help(word.help);
        self.push(finding, word.alike);
    }

    /// Tells something about an entity.
    pub(crate) fn on(
        &mut self,
        rule: &Rule,
        world: &World,
        entity: Entity,
        property: &str,
        word: Word,
    ) {
        let site = world.get::<SourcePath>(entity).map(|s| s.site(property));
        self.at(rule, site.unwrap_or_default(), word);
    }

    /// Takes a finding as it is.
    pub(crate) fn push(&mut self, finding: Finding, alike: Option<String>) {
        let site = &finding.site;
        let name = site.prim.rsplit('/').next().unwrap_or_default();
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        let key = (
            finding.code,
            site.layer.clone(),
            name.to_owned(),
            site.property.clone(),
            alike.unwrap_or_else(|| finding.message.clone()),
        );
        if let Some(&index) = self.known.get(&key) {
            let entry = &mut self.entries[index];
            if entry.finding.site.prim == finding.site.prim {
                return;
            }
            entry.count += 1;
            if entry.more.len() < NAMED {
                entry.more.push(finding.site.prim);
            }
            return;
        }
        self.known.insert(key, self.entries.len());
        self.entries.push(Entry {
            also: also(finding.code),
            finding,
            line: None,
            count: 1,
            more: Vec::new(),
        });
    }

    /// Everything, errors first, else in the order of discovery.
    pub(crate) fn into_entries(self) -> Vec<Entry> {
        let mut entries = self.entries;
        entries.sort_by_key(|e| std::cmp::Reverse(e.finding.severity));
        entries
    }
}
