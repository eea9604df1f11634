//! MSH, MuJoCo's own binary format: four counts, then points, normals, texture coordinates and faces,
//! all little-endian in words of four bytes.

use std::path::Path;

use crate::builder::check_size;
use crate::error::MeshError;
use crate::file::{MeshFile, MeshPart};

/// Words before the numbers: how many points, normals, texture coordinates and faces there are.
const COUNTS: usize = 4;

/// Reads an MSH file. Normals and texture coordinates go with the points, where there are as many.
pub(crate) fn read(path: &Path, bytes: &[u8]) -> Result<MeshFile, MeshError> {
    let (words, rest) = bytes.as_chunks::<4>();
    let counts = words.get(..COUNTS).filter(|_| rest.is_empty());
    let counts = counts.map(|c| c.iter().map(|w| u64::from(u32::from_le_bytes(*w))));
    let Some(counts) = counts.map(Iterator::collect::<Vec<u64>>) else {
        let reason = format!("expected words of four bytes, found {} bytes", bytes.len());
        return Err(MeshError::broken(path, reason));
    };
    let sizes = [3 * counts[0], 3 * counts[1], 2 * counts[2], 3 * counts[3]];
    let expected = COUNTS as u64 + sizes.iter().sum::<u64>();
    if expected != words.len() as u64 {
        let found = words.len();
        let reason = format!("expected {expected} words for its counts, found {found}");
        return Err(MeshError::broken(path, reason));
    }
    check_size(path, usize::try_from(counts[3]).unwrap_or(usize::MAX))?;
    let mut rest = &words[COUNTS..];
    let mut take = |size: u64| {
        // No more than there are words.
        let (taken, left) = rest.split_at(size as usize);
        rest = left;
        taken
    };
    let [points, normals, uvs, faces] = sizes.map(&mut take);
    let numbers = |words: &[[u8; 4]]| -> Vec<f64> {
        let number = |w: &[u8; 4]| f64::from(f32::from_le_bytes(*w));
        words.iter().map(number).collect()
    };
    let points: Vec<[f64; 3]> = numbers(points).as_chunks().0.to_vec();
    let mut normals: Vec<[f64; 3]> = numbers(normals).as_chunks().0.to_vec();
    let mut uvs: Vec<[f64; 2]> = numbers(uvs).as_chunks().0.to_vec();
    if normals.len() != points.len() {
        normals.clear();
    }
    if uvs.len() != points.len() {
        uvs.clear();
    }
    let corners: Vec<u32> = faces.iter().map(|w| u32::from_le_bytes(*w)).collect();
    if let Some(bad) = corners.iter().find(|c| **c as usize >= points.len()) {
        let count = points.len();
        let reason = format!("a face names point {bad} of {count}");
        return Err(MeshError::broken(path, reason));
    }
    let part = MeshPart {
        triangles: corners.as_chunks().0.to_vec(),
        points,
        normals,
        uvs,
        ..MeshPart::default()
    };
    Ok(MeshFile {
        parts: vec![part],
        ..MeshFile::default()
    })
}
