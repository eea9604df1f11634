//! What lies on the faces of shapes: display colours, the primvars that looks read, face sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use halle_world::Severity;
use halle_world::components::{
    FaceLook, Input, Interpolation, MeshSkin, Primvar, PrimvarReader, Source, Surface, Values,
};
use openusd::sdf;
use openusd::usd::Stage;

use crate::bindings::{self, MaterialId};
use crate::primvars::{self, Carried, Found, Inherited};
use crate::raw::{RawMesh, RawSubset};
use crate::reader::{PrimReader, Reading};
use crate::value::{self, decimal};

/// Family of the face sets that materials are bound to.
const FAMILY: &str = "materialBind";

/// A shape as it was read, and where it stands.
pub(crate) struct Wearer<'a> {
    /// Index of the prim in the recipe.
    pub(crate) node: u32,
    /// Where it was read.
    pub(crate) path: &'a str,
    /// What the prim itself says about primvars.
    pub(crate) own: Option<&'a Arc<[Carried]>>,
    /// The primvars that hold at the prim.
    pub(crate) inherited: &'a Inherited,
    /// The mesh, if it is one.
    pub(crate) mesh: Option<&'a RawMesh>,
}

/// Node, names asked for, and addresses of the constants among them.
type SkinKey = (u32, String, Vec<usize>);

/// A mesh and the materials of its face sets.
type FaceKey = (u32, Vec<Option<MaterialId>>);

/// Skins that were made, each once.
pub(crate) struct Skins<'s> {
    stage: &'s Stage,
    reading: &'s Reading,
    skins: BTreeMap<SkinKey, Option<Arc<MeshSkin>>>,
    /// Looks of one colour, by its bits.
    colors: BTreeMap<[u64; 4], Arc<Surface>>,
    /// Looks of prims whose colours are their own, by node.
    painted: BTreeMap<u32, Option<Arc<Surface>>>,
    /// Face sets by node and materials.
    faces: BTreeMap<FaceKey, Arc<[FaceLook]>>,
}

impl<'s> Skins<'s> {
    /// No skins so far.
    pub(crate) fn new(stage: &'s Stage, reading: &'s Reading) -> Self {
        Self {
            stage,
            reading,
            skins: BTreeMap::new(),
            colors: BTreeMap::new(),
            painted: BTreeMap::new(),
            faces: BTreeMap::new(),
        }
    }

    /// The look of a shape without a material: its display colour and opacity.
    pub(crate) fn display(&mut self, wearer: &Wearer<'_>) -> Option<Arc<Surface>> {
        let find = |name| wearer.inherited.find(name, wearer.own);
        let (color, opacity) = (find("displayColor"), find("displayOpacity"));
        let plain = Surface::default();
        let mut bits = [0_u64; 4];
        let (mut base, mut cover) = (plain.diffuse_color.value, 1.0);
        match (&color, &opacity) {
            (None, None) => return None,
            (Some(Found::Own), _) | (_, Some(Found::Own)) => {
                if !self.painted.contains_key(&wearer.node) {
                    let painted = self.painted(wearer, color.as_ref(), opacity.as_ref());
                    self.painted.insert(wearer.node, painted);
                }
                return self.painted.get(&wearer.node).cloned().flatten();
            }
            _ => {}
        }
        if let Some(Found::Constant(primvar)) = &color {
            base = first_color(primvar)?;
        }
        if let Some(Found::Constant(primvar)) = &opacity {
            cover = first_number(primvar).unwrap_or(1.0);
        }
        for (slot, v) in bits.iter_mut().zip([base[0], base[1], base[2], cover]) {
            *slot = v.to_bits();
        }
        let made = self.colors.entry(bits).or_insert_with(|| {
            Arc::new(Surface {
                diffuse_color: Input::constant(base),
                opacity: Input::constant(cover),
                ..plain
            })
        });
        Some(Arc::clone(made))
    }

    /// A look that reads the shape's own colours.
    fn painted(
        &self,
        wearer: &Wearer<'_>,
        color: Option<&Found<'_>>,
        opacity: Option<&Found<'_>>,
    ) -> Option<Arc<Surface>> {
        let reader = self.reader(wearer)?;
        let mut made = Surface::default();
        let feed = |name: &str, kind: &str, fallback: Vec<f64>| {
            // Only meshes have points and faces for the values to belong to.
            wearer.mesh.map(|_| {
                Source::Primvar(Arc::new(PrimvarReader {
                    name: name.to_owned(),
                    kind: kind.to_owned(),
                    fallback,
                }))
            })
        };
        match color {
            Some(Found::Constant(primvar)) => made.diffuse_color.value = first_color(primvar)?,
            Some(Found::Own) => {
                if let Some(mean) = primvars::read(&reader, "displayColor")
                    .as_ref()
                    .and_then(Primvar::mean_triple)
                {
                    made.diffuse_color = Input {
                        value: mean,
                        source: feed("displayColor", "float3", mean.to_vec()),
                    };
                }
            }
            None => {}
        }
        match opacity {
            Some(Found::Constant(primvar)) => {
                made.opacity.value = first_number(primvar).unwrap_or(1.0);
            }
            Some(Found::Own) => made.opacity.source = feed("displayOpacity", "float", vec![1.0]),
            None => {}
        }
        if wearer.mesh.is_none() {
            let message = "colours of a shape that is no mesh are not one: their mean is used";
            let help = "author one colour, or use a mesh";
            reader.find(
                Severity::Note,
                "SC0122",
                "primvars:displayColor",
                message,
                help,
            );
        }
        Some(Arc::new(made))
    }

    fn reader(&self, wearer: &Wearer<'_>) -> Option<PrimReader<'s>> {
        let path = sdf::Path::new(wearer.path).ok()?;
        PrimReader::new(self.stage, &path, self.reading).ok()
    }

    /// What a shape carries for its looks, which read the primvars of the given names.
    pub(crate) fn skin(
        &mut self,
        wearer: &Wearer<'_>,
        mut asked: BTreeSet<&str>,
        textured: bool,
        has_sets: bool,
    ) -> Option<Arc<MeshSkin>> {
        // The colour that stands in for a picture of the base colour.
        if textured && wearer.inherited.find("displayColor", wearer.own).is_some() {
            asked.insert("displayColor");
        }
        let normals = wearer.mesh.is_some_and(|m| m.face_normals.is_some());
        let cut = has_sets && wearer.mesh.is_some();
        if asked.is_empty() && !normals && !cut {
            return None;
        }
        let names: Vec<&str> = asked.iter().copied().collect();
        let addresses = names
            .iter()
            .map(|name| match wearer.inherited.find(name, wearer.own) {
                Some(Found::Constant(primvar)) => Arc::as_ptr(primvar).addr(),
                _ => 0,
            });
        let key = (wearer.node, names.join(" "), addresses.collect::<Vec<_>>());
        if let Some(known) = self.skins.get(&key) {
            return known.clone();
        }
        let made = self
            .make(wearer, &names)
            .filter(|skin| normals || cut || !skin.primvars.is_empty());
        let made = made.map(Arc::new);
        self.skins.insert(key, made.clone());
        made
    }

    fn make(&self, wearer: &Wearer<'_>, names: &[&str]) -> Option<MeshSkin> {
        let reader = self.reader(wearer)?;
        let mut skin = MeshSkin {
            cut: wearer.mesh.map(|m| m.cut.clone()).unwrap_or_default(),
            normals: wearer.mesh.and_then(|m| m.face_normals.clone()),
            primvars: Vec::new(),
        };
        for name in names {
            let primvar = match wearer.inherited.find(name, wearer.own) {
                Some(Found::Constant(primvar)) => Some(Primvar::clone(primvar)),
                Some(Found::Own) => primvars::read(&reader, name)
                    .filter(|primvar| fits(&reader, primvar, wearer.mesh)),
                None => {
                    let message = format!("look reads the primvar `{name}`, which is not there");
                    let help = "author the primvar; its fallback is used";
                    let property = format!("primvars:{name}");
                    reader.find(Severity::Note, "SC0122", &property, message, help);
                    None
                }
            };
            skin.primvars.extend(primvar);
        }
        Some(skin)
    }

    /// The looks of a mesh's face sets, given the material of each.
    pub(crate) fn faces(
        &mut self,
        node: u32,
        sets: &[RawSubset],
        materials: Vec<Option<MaterialId>>,
        look: impl Fn(MaterialId) -> Option<Arc<Surface>>,
    ) -> Arc<[FaceLook]> {
        let known = self.faces.entry((node, materials));
        let materials = known.key().1.clone();
        let made = known.or_insert_with(|| {
            let sets = sets.iter().zip(materials);
            sets.map(|(set, material)| FaceLook {
                name: set.name.to_string(),
                faces: Arc::clone(&set.faces),
                look: material.and_then(&look),
            })
            .collect()
        });
        Arc::clone(made)
    }
}

fn first_color(primvar: &Primvar) -> Option<[f64; 3]> {
    match &primvar.values {
        Values::Triple(v) => v.get(primvar.value_of(0)).map(|v| v.map(decimal)),
        _ => None,
    }
}

fn first_number(primvar: &Primvar) -> Option<f64> {
    match &primvar.values {
        Values::Number(v) => v.get(primvar.value_of(0)).map(|v| decimal(*v)),
        _ => None,
    }
}

/// Whether a primvar has a value for each element of the mesh; if not, that is a finding.
fn fits(prim: &PrimReader<'_>, primvar: &Primvar, mesh: Option<&RawMesh>) -> bool {
    let found = if primvar.indices.is_empty() {
        primvar.values.len()
    } else {
        primvar.indices.len()
    };
    let (what, expected) = match (primvar.interpolation, mesh) {
        (Interpolation::Constant, _) => return true,
        (_, None) => ("points and faces, of which the shape has none", 0),
        (Interpolation::Uniform, Some(mesh)) => ("faces", mesh.face_count),
        (Interpolation::FaceVarying, Some(mesh)) => ("corners of faces", mesh.corner_count),
        (_, Some(mesh)) => ("points", mesh.points.len()),
    };
    let good = found == expected && mesh.is_some();
    if !good {
        let message = format!("primvar has {found} values for {expected} {what}: it is left out");
        let help = "author one value for each element of its interpolation";
        let property = format!("primvars:{}", primvar.name);
        prim.find(Severity::Warning, "SC0122", &property, message, help);
    }
    good
}

/// A face set that a material may be bound to, by its prim.
pub(crate) fn subset(prim: &PrimReader<'_>) -> Option<RawSubset> {
    let bindings = bindings::read(prim);
    let family = prim.text_or("familyName", "");
    let kind = prim.text_or("elementType", "face");
    let note = |property: &str, message: String, help: &str| {
        prim.find(Severity::Note, "SC0122", property, message, help);
    };
    if family != FAMILY {
        if !bindings.is_empty() {
            let message = format!("set is of the family `{family}`: its material has no effect");
            note(
                "familyName",
                message,
                "write `familyName = \"materialBind\"`",
            );
        }
        return None;
    }
    if kind != "face" {
        let message = format!("set of elements `{kind}` is not supported: it has no effect");
        note("elementType", message, "make a set of faces");
        return None;
    }
    let indices = prim.read("indices", value::integers).unwrap_or_default();
    let faces: Vec<u32> = indices
        .iter()
        .filter_map(|i| u32::try_from(*i).ok())
        .collect();
    Some(RawSubset {
        name: prim.path.rsplit('/').next().unwrap_or_default().into(),
        negative: faces.len() != indices.len(),
        faces: faces.into(),
        bindings,
    })
}

/// Says where the sets of a mesh do not fit its faces.
pub(crate) fn check_sets(mesh: &PrimReader<'_>, sets: &[RawSubset], faces: usize) {
    if sets.is_empty() {
        return;
    }
    let mut used = vec![0_u8; faces];
    let (mut beyond, mut twice) = (0, 0);
    for set in sets {
        beyond += usize::from(set.negative);
        for &face in set.faces.iter() {
            match used.get_mut(face as usize) {
                None => beyond += 1,
                Some(0) => used[face as usize] = 1,
                Some(_) => twice += 1,
            }
        }
    }
    let free = used.iter().filter(|u| **u == 0).count();
    let name = "subsetFamily:materialBind:familyType";
    let family = mesh.text_or(name, "unrestricted");
    let tell = |severity, message: String, help: &str| {
        mesh.find(severity, "SC0122", name, message, help);
    };
    if beyond > 0 {
        let message = format!("sets name faces that the mesh of {faces} does not have: {beyond}");
        tell(
            Severity::Warning,
            message,
            "correct the indices of the sets",
        );
    }
    if twice > 0 {
        let message = format!("faces in more than one set, of which the first counts: {twice}");
        tell(Severity::Warning, message, "put each face into one set");
    }
    if free > 0 && family == "partition" {
        let message =
            format!("faces in no set of a partition, which have the look of the mesh: {free}");
        tell(Severity::Warning, message, "put each face into one set");
    }
}
