//! What lies on the faces of a shape: primvars, and looks of single faces.

use std::sync::Arc;

use bevy_ecs::component::Component;

use super::look::Surface;

/// Primvars that the looks of a shape read, shared by all its instances.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct Skin(pub Arc<MeshSkin>);

/// Primvars of a mesh, and how its triangles were cut from the author's faces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeshSkin {
    /// Which face and which corners each triangle has.
    pub cut: Cut,
    /// Normals that are not one for each point, in the shape frame.
    pub normals: Option<Primvar>,
    /// Primvars by name, sorted.
    pub primvars: Vec<Primvar>,
}

/// How triangles were cut from faces. Without entries, triangle k is face k and its corners are
/// 3k, 3k + 1 and 3k + 2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Face of each triangle.
    pub faces: Vec<u32>,
    /// Corners of each triangle, counted over the corners of all faces, holes included.
    pub corners: Vec<[u32; 3]>,
}

/// The surface that the author meant by a mesh, whose points are its cage. Shapes, pictures and
/// contacts take the cage as it is. Meshes without are meant as they are.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subdivision {
    /// Smooth, for faces of four corners.
    CatmullClark,
    /// Smooth, for triangles.
    Loop,
    /// Finer, but of the same form.
    Bilinear,
}

/// Looks of single faces. A face of none of them has the look of the prim.
#[derive(Component, Clone, Debug, PartialEq)]
pub struct FaceLooks(pub Arc<[FaceLook]>);

/// Faces with a look of their own (`GeomSubset`).
#[derive(Clone, Debug, PartialEq)]
pub struct FaceLook {
    /// Name of the set.
    pub name: String,
    /// The author's faces, as [`Cut::face`] counts them.
    pub faces: Arc<[u32]>,
    /// Their look; `None` where no material is bound.
    pub look: Option<Arc<Surface>>,
}

/// Values that a shape carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Primvar {
    /// Name without the prefix `primvars:`.
    pub name: String,
    /// What each value belongs to.
    pub interpolation: Interpolation,
    /// The values, or those that `indices` choose from.
    pub values: Values,
    /// Which value each element has; empty takes them one by one.
    pub indices: Vec<u32>,
}

/// What the values of a primvar belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// The whole shape.
    Constant,
    /// Each face.
    Uniform,
    /// Each point, blended linearly.
    Varying,
    /// Each point, blended as the surface is.
    Vertex,
    /// Each corner of each face.
    FaceVarying,
}

/// Values of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Single numbers.
    Number(Vec<f32>),
    /// Pairs, such as texture coordinates.
    Pair(Vec<[f32; 2]>),
    /// Triples, such as colours.
    Triple(Vec<[f32; 3]>),
    /// Four numbers each.
    Quadruple(Vec<[f32; 4]>),
    /// Whole numbers.
    Integer(Vec<i32>),
    /// Words.
    Text(Vec<String>),
}

impl Values {
    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Number(v) => v.len(),
            Self::Pair(v) => v.len(),
            Self::Triple(v) => v.len(),
            Self::Quadruple(v) => v.len(),
            Self::Integer(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Primvar {
    /// Which value an element (face, point or corner by the interpolation) has.
    #[must_use]
    pub fn value_of(&self, element: u32) -> usize {
        let element = match self.interpolation {
            Interpolation::Constant => 0,
            _ => element as usize,
        };
        self.indices.get(element).map_or(element, |i| *i as usize)
    }

    /// The mean of triples, such as colours, over all elements; `None` of other types.
    #[must_use]
    pub fn mean_triple(&self) -> Option<[f64; 3]> {
        let Values::Triple(values) = &self.values else {
            return None;
        };
        let mut sum = [0.0; 3];
        let mut count = 0_u32;
        let mut add = |v: &[f32; 3]| {
            for k in 0..3 {
                sum[k] += f64::from(v[k]);
            }
            count += 1;
        };
        if self.indices.is_empty() {
            values.iter().for_each(&mut add);
        } else {
            let chosen = self.indices.iter().filter_map(|i| values.get(*i as usize));
            chosen.for_each(&mut add);
        }
        (count > 0).then(|| sum.map(|s| s / f64::from(count)))
    }
}

impl MeshSkin {
    /// A primvar by its name without `primvars:`.
    #[must_use]
    pub fn primvar(&self, name: &str) -> Option<&Primvar> {
        self.primvars.iter().find(|p| p.name == name)
    }

    /// Bytes that the skin holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let width = |values: &Values| match values {
            Values::Number(_) | Values::Integer(_) => 4,
            Values::Pair(_) => 8,
            Values::Triple(_) => 12,
            Values::Quadruple(_) => 16,
            Values::Text(_) => 24,
        };
        let all = self.primvars.iter().chain(&self.normals);
        let held = all.map(|p| p.values.len() * width(&p.values) + 4 * p.indices.len());
        held.sum::<usize>() + 4 * self.cut.faces.len() + 12 * self.cut.corners.len()
    }
}

impl Cut {
    /// The author's face that a triangle is part of.
    #[must_use]
    pub fn face(&self, triangle: usize) -> u32 {
        let plain = triangle as u32;
        self.faces.get(triangle).copied().unwrap_or(plain)
    }

    /// The author's corners of a triangle, counted over all faces.
    #[must_use]
    pub fn corners(&self, triangle: usize) -> [u32; 3] {
        let first = 3 * triangle as u32;
        let plain = [first, first + 1, first + 2];
        self.corners.get(triangle).copied().unwrap_or(plain)
    }

    /// The same cut of `triangles` triangles that are turned over.
    #[must_use]
    pub fn turned_over(&self, triangles: usize) -> Self {
        let turned = (0..triangles).map(|t| {
            let [a, b, c] = self.corners(t);
            [a, c, b]
        });
        Self {
            faces: self.faces.clone(),
            corners: turned.collect(),
        }
    }
}

/// Index into `looks` of each of `faces` faces: the first set that holds it.
#[must_use]
pub fn looks_by_face(looks: &[FaceLook], faces: usize) -> Vec<Option<usize>> {
    let mut by_face = vec![None; faces];
    for (k, look) in looks.iter().enumerate().rev() {
        for &face in look.faces.iter() {
            if let Some(slot) = by_face.get_mut(face as usize) {
                *slot = Some(k);
            }
        }
    }
    by_face
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain cut counts by itself; turned over, the second and third corner change places.
    #[test]
    fn plain_cut() {
        let cut = Cut::default();
        assert_eq!((cut.face(4), cut.corners(4)), (4, [12, 13, 14]));
        let turned = cut.turned_over(2);
        assert_eq!((turned.face(1), turned.corners(1)), (1, [3, 5, 4]));
    }

    /// Of two sets that hold a face the first one counts.
    #[test]
    fn first_set_wins() {
        let set = |faces: &[u32]| FaceLook {
            name: String::new(),
            faces: faces.into(),
            look: None,
        };
        let by_face = looks_by_face(&[set(&[0, 1]), set(&[1, 2, 9])], 4);
        assert_eq!(by_face, [Some(0), Some(0), Some(1), None]);
    }

    /// The mean counts elements, not values.
    #[test]
    fn mean_over_elements() {
        let primvar = Primvar {
            name: "displayColor".into(),
            interpolation: Interpolation::Uniform,
            values: Values::Triple(vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]),
            indices: vec![0, 0, 0, 1],
        };
        assert_eq!(primvar.mean_triple(), Some([0.75, 0.25, 0.0]));
        assert_eq!((primvar.value_of(3), primvar.value_of(2)), (1, 0));
    }
}
