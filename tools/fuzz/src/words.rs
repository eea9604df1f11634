//! What a form's words are.

/// Words of a form.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Words {
    /// Whole lines or blocks that may stand in many places.
    pub(crate) snippets: &'static [&'static str],
    /// Words that may stand where another one does.
    pub(crate) tokens: &'static [&'static str],
    /// What opens a level and what closes it.
    pub(crate) nests: &'static [(&'static str, &'static str)],
}
