//! Collision groups: merging them by name, and their colliders.

use std::collections::HashMap;
use std::sync::Arc;

use openusd::sdf::Path;
use openusd::usd::{CollectionAPI, MembershipQuery, Stage};

use super::desc::{Group, Links, Physics};

/// Merges groups of one name, in USD's order: a merged group's place is taken by the last one.
pub(super) fn merge(groups: &mut Vec<Group>) {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut i = 0;
    while i < groups.len() {
        let name = groups[i].merge_name.clone();
        if name.is_empty() {
            i += 1;
        } else if let Some(&target) = first.get(&name) {
            let merged = groups.swap_remove(i);
            groups[target].merged.push(merged.path);
            groups[target].filtered.extend(merged.filtered);
        } else {
            first.insert(name, i);
            let path = groups[i].path.clone();
            groups[i].merged.push(path);
            i += 1;
        }
    }
}

/// Writes the groups of each collider to its links.
pub(super) fn assign(stage: &Stage, physics: &mut Physics) {
    let mut members: Vec<(Path, Vec<MembershipQuery>)> = Vec::new();
    for group in &physics.groups {
        let own = std::slice::from_ref(&group.path);
        let parts = if group.merged.is_empty() {
            own
        } else {
            &group.merged
        };
        let query = |path: &Path| {
            let api = CollectionAPI::from_prim_unchecked(stage.prim(path).ok()?, "colliders");
            api.compute_membership_query()
                .ok()
                .filter(|query| !query.is_empty())
        };
        let queries: Vec<_> = parts.iter().filter_map(query).collect();
        if !queries.is_empty() {
            members.push((group.path.clone(), queries));
        }
    }
    if members.is_empty() {
        return;
    }
    members.sort_by(|a, b| a.0.cmp(&b.0));
    // Shapes share their links; so do shapes of the same links and groups.
    let mut made: HashMap<(*const Links, Vec<usize>), Arc<Links>> = HashMap::new();
    let mut kept = Vec::new();
    for shape in physics.shapes.iter_mut().filter(|shape| shape.valid) {
        let is_in =
            |queries: &[MembershipQuery]| queries.iter().any(|q| q.is_path_included(&shape.path));
        let held: Vec<usize> = (0..members.len())
            .filter(|&k| is_in(&members[k].1))
            .collect();
        if held.is_empty() {
            continue;
        }
        let groups = held.iter().map(|&k| members[k].0.clone()).collect();
        let old = shape.links.clone();
        let links = made.entry((Arc::as_ptr(&old), held)).or_insert_with(|| {
            Arc::new(Links {
                groups,
                ..(*old).clone()
            })
        });
        shape.links = links.clone();
        // The old links stay alive, or their address could name others.
        kept.push(old);
    }
}
