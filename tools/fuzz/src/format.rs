//! The forms of files that are spoiled, and the words that hurt each of them.

use crate::{words_json, words_usd, words_xml};

/// Form of a file, as far as spoiling it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Urdf,
    Mjcf,
    Obj,
    Stl,
    Dae,
    Gltf,
    UsdText,
    UsdCrate,
    UsdPackage,
    Json,
    Bytes,
}

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

impl Form {
    /// Its words; none for bytes.
    pub(crate) fn words(self) -> Words {
        match self {
            Self::Urdf => words_xml::URDF,
            Self::Mjcf => words_xml::MJCF,
            Self::Dae => words_xml::DAE,
            Self::UsdText | Self::UsdPackage => words_usd::USD,
            Self::Gltf => words_json::GLTF,
            Self::Json => words_json::RUN,
            Self::Obj => words_json::OBJ,
            Self::Stl => words_json::STL,
            Self::UsdCrate | Self::Bytes => Words::default(),
        }
    }

    /// Whether blocks are elements of XML rather than pairs of brackets.
    pub(crate) fn is_xml(self) -> bool {
        matches!(self, Self::Urdf | Self::Mjcf | Self::Dae)
    }

    /// Whether bytes are of this form as text; the binary twins of STL, glTF and USD are not.
    pub(crate) fn is_text(self, bytes: &[u8]) -> bool {
        match self {
            Self::UsdCrate | Self::Bytes => false,
            _ => std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')),
        }
    }
}

/// Numbers at which arithmetic ends.
pub(crate) const NUMBERS: &[&str] = &[
    "0", "-0", "-1", "1", "2", "3", "nan", "-nan", "NaN", "inf", "-inf", "Infinity", "1e308", "-1e308",
    "1e309", "1e-308", "4.9e-324", "1e39", "1e-45", "1e19", "1e300", "0.1", "-0.5", "1e-12", "127", "128",
    "255", "256", "32767", "32768", "65535", "65536", "1000000", "16777217", "1000000000", "2147483647",
    "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740993",
    "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
    "18446744073709551616", "99999999999999999999999999999999999999999999", "0x10", "1_000", "1,5", "1e",
    "--1", "+1", ".", "1.", ".5", "1e99999999999", "00", "true", "",
];

/// Paths at which files end.
pub(crate) const PATHS: &[&str] = &[
    "", ".", "..", "/", "./", "../..", "/dev/zero", "/dev/null", "/dev/stdin", "/dev/full", "/proc/self/mem",
    "/proc/self/environ", "/etc", "/etc/passwd", "file:///dev/zero", "file://", "http://localhost/x",
    "package://", "package:///x", "package://a/../../..", "package://case/case", "model://x", "C:\\x\\y",
    "\\\\host\\share", "case", "case.usda", "case.usd", "case.usdc", "case.usdz", "case.xml", "case.urdf",
    "case.obj", "case.gltf", "./case.usda", "../case/case.usda", "case.usdz[case.usda]", "case.usda[x]",
    "x[", "x]", "[x]", "case.usda:SDF_FORMAT_ARGS:a=b", "%00", "%s%n", "a b", "ü", "\u{202e}x", "~", "$HOME",
    "</>", "/..", "//", "/a/b/c/d", "/a{v=x}b", "/a{v=}", ".a", "/.a", "/a.b.c", "/a[/b].c", "../../../../../../x",
    "data:application/octet-stream;base64,AAAA", "data:,", "data:;base64,!!!!", "x.stl", "x.dae", "x.obj", "x.png",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];
