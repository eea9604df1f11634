//! Numbers out of the buffers of a glTF file.

use std::path::Path;

use gltf_json::accessor::{Accessor, ComponentType, Type};
use gltf_json::buffer::View;
use gltf_json::validation::Checked;
use gltf_json::{Index, Root};

use crate::builder::TRIANGLE_LIMIT;
use crate::error::MeshError;

/// The bytes of a file's buffers and what points into them.
#[derive(Clone, Copy)]
pub(super) struct Buffers<'g> {
    pub(super) path: &'g Path,
    pub(super) root: &'g Root,
    pub(super) data: &'g [Vec<u8>],
}

/// How the numbers of an accessor are stored.
#[derive(Clone, Copy)]
struct Layout {
    kind: ComponentType,
    width: usize,
    normalized: bool,
}

impl Layout {
    /// Bytes of one element.
    fn size(self) -> usize {
        self.width * size(self.kind)
    }
}

fn size(kind: ComponentType) -> usize {
    match kind {
        ComponentType::I8 | ComponentType::U8 => 1,
        ComponentType::I16 | ComponentType::U16 => 2,
        ComponentType::U32 | ComponentType::F32 => 4,
    }
}

/// One number; whole numbers become fractions of their largest value if normalised.
fn number(bytes: &[u8], layout: Layout) -> Option<f64> {
    let (value, largest) = match layout.kind {
        ComponentType::I8 => (f64::from(*bytes.first()? as i8), 127.0),
        ComponentType::U8 => (f64::from(*bytes.first()?), 255.0),
        ComponentType::I16 => (
            f64::from(i16::from_le_bytes(*bytes.first_chunk()?)),
            32767.0,
        ),
        ComponentType::U16 => (
            f64::from(u16::from_le_bytes(*bytes.first_chunk()?)),
            65535.0,
        ),
        ComponentType::U32 => (
            f64::from(u32::from_le_bytes(*bytes.first_chunk()?)),
            4294967295.0,
        ),
        ComponentType::F32 => return Some(f64::from(f32::from_le_bytes(*bytes.first_chunk()?))),
    };
    let fraction = || (value / largest).max(-1.0);
    Some(if layout.normalized { fraction() } else { value })
}

impl<'g> Buffers<'g> {
    /// Tuples of `N` numbers.
    pub(super) fn tuples<const N: usize>(
        &self,
        index: Index<Accessor>,
    ) -> Result<Vec<[f64; N]>, MeshError> {
        let (accessor, layout) = self.accessor(index, N)?;
        let flat = self.values(accessor, layout)?;
        Ok(flat.as_chunks().0.to_vec())
    }

    /// Indices of corners.
    pub(super) fn indices(&self, index: Index<Accessor>) -> Result<Vec<u32>, MeshError> {
        let (accessor, layout) = self.accessor(index, 1)?;
        let flat = self.values(accessor, layout)?;
        let whole = |v: &f64| v.fract() == 0.0 && (0.0..4294967295.0).contains(v);
        if !flat.iter().all(whole) {
            return Err(MeshError::broken(
                self.path,
                "expected whole numbers as indices",
            ));
        }
        Ok(flat.into_iter().map(|v| v as u32).collect())
    }

    fn accessor(
        &self,
        index: Index<Accessor>,
        width: usize,
    ) -> Result<(&'g Accessor, Layout), MeshError> {
        let accessor = self.root.accessors.get(index.value());
        let broken = |reason: String| MeshError::broken(self.path, reason);
        let accessor = accessor.ok_or_else(|| {
            let (index, count) = (index.value(), self.root.accessors.len());
            broken(format!(
                "expected one of {count} accessors, found index {index}"
            ))
        })?;
        let found = match accessor.type_ {
            Checked::Valid(Type::Scalar) => 1,
            Checked::Valid(Type::Vec2) => 2,
            Checked::Valid(Type::Vec3) => 3,
            _ => 0,
        };
        let Checked::Valid(kind) = accessor.component_type else {
            return Err(broken("expected a known component type".to_owned()));
        };
        if found != width {
            let index = index.value();
            return Err(broken(format!(
                "expected {width} numbers an element in accessor {index}"
            )));
        }
        if accessor.count.0 > 3 * TRIANGLE_LIMIT as u64 {
            return Err(MeshError::TooLarge {
                path: self.path.to_owned(),
                unit: "elements of an accessor",
                found: accessor.count.0,
                limit: 3 * TRIANGLE_LIMIT as u64,
            });
        }
        let layout = Layout {
            kind: kind.0,
            width,
            normalized: accessor.normalized,
        };
        Ok((accessor, layout))
    }

    fn values(&self, accessor: &Accessor, layout: Layout) -> Result<Vec<f64>, MeshError> {
        let count = accessor.count.0 as usize;
        let offset = accessor.byte_offset.map_or(0, |o| o.0);
        let mut flat = match accessor.buffer_view {
            Some(view) => self.view(view, offset, count, layout)?,
            None if accessor.sparse.is_some() => vec![0.0; count * layout.width],
            // An extension that compresses meshes leaves its accessors without data.
            None => {
                return Err(MeshError::Unsupported {
                    path: self.path.to_owned(),
                    what: "an accessor without data (a compressed mesh)".to_owned(),
                });
            }
        };
        if let Some(sparse) = &accessor.sparse {
            let changed = sparse.count.0;
            let Checked::Valid(kind) = sparse.indices.component_type else {
                return Err(MeshError::broken(
                    self.path,
                    "expected a known type of indices",
                ));
            };
            if changed > count as u64 {
                let reason = format!("expected at most {count} sparse values, found {changed}");
                return Err(MeshError::broken(self.path, reason));
            }
            let whole = Layout {
                kind: kind.0,
                width: 1,
                normalized: false,
            };
            let (at, with) = (&sparse.indices, &sparse.values);
            let places = self.view(at.buffer_view, at.byte_offset.0, changed as usize, whole)?;
            let values = self.view(
                with.buffer_view,
                with.byte_offset.0,
                changed as usize,
                layout,
            )?;
            for (place, value) in places.iter().zip(values.chunks_exact(layout.width)) {
                let start = *place as usize * layout.width;
                if let Some(target) = flat.get_mut(start..start + layout.width) {
                    target.copy_from_slice(value);
                }
            }
        }
        Ok(flat)
    }

    /// The numbers of `count` elements behind an offset into a view.
    fn view(
        &self,
        index: Index<View>,
        offset: u64,
        count: usize,
        layout: Layout,
    ) -> Result<Vec<f64>, MeshError> {
        let outside = || {
            let reason = format!("expected buffer view {} inside its buffer", index.value());
            MeshError::broken(self.path, reason)
        };
        let view = self
            .root
            .buffer_views
            .get(index.value())
            .ok_or_else(outside)?;
        let data = self.data.get(view.buffer.value()).ok_or_else(outside)?;
        let start = view.byte_offset.map_or(0, |o| o.0);
        let end = start.checked_add(view.byte_length.0);
        let range = (usize::try_from(start), end.map(usize::try_from));
        let (Ok(start), Some(Ok(end))) = range else {
            return Err(outside());
        };
        let bytes = data.get(start..end).ok_or_else(outside)?;
        let bytes = usize::try_from(offset).ok().and_then(|o| bytes.get(o..));
        let bytes = bytes.ok_or_else(outside)?;
        let stride = view.byte_stride.map_or(layout.size(), |s| s.0);
        let last = count
            .saturating_sub(1)
            .checked_mul(stride)
            .ok_or_else(outside)?;
        let needed = last.saturating_add(layout.size());
        if count > 0 && (stride < layout.size() || needed > bytes.len()) {
            return Err(outside());
        }
        let mut flat = Vec::with_capacity(count * layout.width);
        for element in 0..count {
            for component in 0..layout.width {
                let at = element * stride + component * size(layout.kind);
                flat.push(number(&bytes[at..], layout).ok_or_else(outside)?);
            }
        }
        Ok(flat)
    }
}
