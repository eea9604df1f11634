//! Properties of vendors' schemas that are authored but not read.
//!
//! `vendors.tsv` lists the properties of the PhysX, Newton, MuJoCo and Isaac schemas with their
//! fallbacks. A property at its fallback says nothing; any other that is not read is a finding.

use std::collections::HashMap;
use std::sync::OnceLock;

use halle_world::Severity;
use openusd::sdf::Value;

use crate::reader::PrimReader;
use crate::schemas::is_known;
use crate::value;

/// Beginnings of names in vendors' namespaces.
const NAMESPACES: [&str; 5] = ["physx", "newton:", "mjc:", "isaac:", "state:"];

/// Properties that are read, or that carry nothing to simulate or draw; a star stands for any end.
const READ: [&str; 75] = [
    "physxRigidBody:disableGravity",
    "physxRigidBody:linearDamping",
    "physxRigidBody:angularDamping",
    "physxRigidBody:maxLinearVelocity",
    "physxRigidBody:maxAngularVelocity",
    "physxCollision:restOffset",
    "physxCollision:contactOffset",
    "physxMaterial:compliantContactStiffness",
    "physxMaterial:compliantContactDamping",
    "physxMaterial:frictionCombineMode",
    "physxMaterial:restitutionCombineMode",
    "physxSurfaceVelocity:*",
    "physxArticulation:articulationEnabled",
    "physxArticulation:enabledSelfCollisions",
    "physxScene:timeStepsPerSecond",
    // Has a finding of its own.
    "physxJoint:*",
    "physxJointAxis:*:armature",
    "physxJointAxis:*:viscousFrictionCoefficient",
    "physxJointAxis:*:dynamicFrictionEffort",
    "physxJointAxis:*:maxJointVelocity",
    "physxMimicJoint:*:gearing",
    "physxMimicJoint:*:offset",
    "physxMimicJoint:*:referenceJoint",
    "physxMimicJoint:*:referenceJointAxis",
    "physxContactReport:*",
    "physxResidualReporting:*",
    "physxCookedData:*",
    "state:*",
    "newton:contactMargin",
    "newton:contactGap",
    "newton:contactStiffness",
    "newton:contactDamping",
    "newton:torsionalFriction",
    "newton:rollingFriction",
    "newton:armature",
    "newton:damping",
    "newton:friction",
    "newton:velocityLimit",
    "newton:mimic*",
    "newton:selfCollisionEnabled",
    "newton:gravityEnabled",
    "newton:timeStepsPerSecond",
    "newton:targets",
    "newton:kp",
    "newton:kd",
    "newton:maxEffort",
    "mjc:torsionalfriction",
    "mjc:rollingfriction",
    "mjc:armature",
    "mjc:damping",
    "mjc:frictionloss",
    "mjc:stiffness",
    "mjc:springref",
    "mjc:target",
    "mjc:gainPrm",
    "mjc:biasPrm",
    "mjc:gainType",
    "mjc:biasType",
    "mjc:gear",
    "mjc:ctrlRange:*",
    "mjc:ctrlLimited",
    "mjc:forceRange:*",
    "mjc:forceLimited",
    "mjc:coef*",
    "mjc:actuatorfrcrange:*",
    "mjc:option:timestep",
    "mjc:flag:gravity",
    "mjc:group",
    "isaac:changelog",
    "isaac:description",
    "isaac:Description",
    "isaac:license",
    "isaac:namespace",
    "isaac:version",
    "isaac:physics:robot*",
];

/// More words about a robot that change nothing.
const WORDS: [&str; 6] = [
    "isaac:NameOverride",
    "isaac:nameOverride",
    "isaac:source",
    "isaac:robotType",
    "isaac:actuator",
    "isaac:robot:namedPoses",
];

/// Settings of a solver or of cooking, by the beginning of their names: another engine has others.
const TUNING: [&str; 33] = [
    "physxScene:",
    "physxArticulation:",
    "physxConvexHullCollision:",
    "physxConvexDecompositionCollision:",
    "physxTriangleMeshCollision:",
    "physxTriangleMeshSimplificationCollision:",
    "physxSDFMeshCollision:",
    "physxSphereFillCollision:",
    "physxRigidBody:cfmScale",
    "physxRigidBody:contactSlopCoefficient",
    "physxRigidBody:enable",
    "physxRigidBody:max",
    "physxRigidBody:retainAccelerations",
    "physxRigidBody:sleepThreshold",
    "physxRigidBody:solver",
    "physxRigidBody:stabilizationThreshold",
    "physxMaterial:dampingCombineMode",
    "newton:maxSolverIterations",
    "newton:maxHullVertices",
    "newton:kamino:",
    "newton:vbd:",
    "newton:xpbd:",
    "newton:sdf",
    "mjc:compiler:",
    "mjc:sol",
    "mjc:maxhullvert",
    "mjc:option:ccd",
    "mjc:option:iterations",
    "mjc:option:ls_",
    "mjc:option:noslip",
    "mjc:option:tolerance",
    "mjc:option:sdf",
    "isaac:",
];

/// One property of a schema.
struct Entry {
    fallback: &'static str,
    /// Schemas that have it.
    schemas: Vec<&'static str>,
}

fn table() -> &'static HashMap<&'static str, Vec<Entry>> {
    static TABLE: OnceLock<HashMap<&'static str, Vec<Entry>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table: HashMap<&str, Vec<Entry>> = HashMap::new();
        let lines = include_str!("vendors.tsv").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let (name, fallback) = (cells.next(), cells.next());
            let schemas = cells.next().unwrap_or_default().split(' ').collect();
            let entry = Entry {
                fallback: fallback.unwrap_or_default(),
                schemas,
            };
            table
                .entry(name.unwrap_or_default())
                .or_default()
                .push(entry);
        }
        table
    })
}

/// Says which properties of vendors' schemas have no effect.
pub(crate) fn report(prim: &PrimReader<'_>) {
    let names = prim.property_names();
    for name in names.filter(|n| NAMESPACES.iter().any(|space| n.starts_with(space))) {
        if READ.iter().chain(&WORDS).any(|read| fits(read, name)) {
            continue;
        }
        let entries = table().get(&*pattern(name)).map_or(&[][..], Vec::as_slice);
        // A schema without any effect was said as a whole.
        let applied = |schema: &&str| {
            prim.kind == **schema
                || prim
                    .apis
                    .iter()
                    .any(|a| a.split(':').next() == Some(schema))
        };
        let mut schemas = entries.iter().flat_map(|e| &e.schemas);
        if schemas.any(|schema| applied(schema) && !is_known(schema)) {
            continue;
        }
        if entries
            .iter()
            .any(|entry| is_fallback(prim, name, entry.fallback))
        {
            continue;
        }
        let tuning = TUNING.iter().any(|start| name.starts_with(start));
        let (severity, message) = match (entries.is_empty(), tuning) {
            (true, _) => (Severity::Warning, "property is not known: it has no effect"),
            (_, true) => (
                Severity::Note,
                "setting of another engine: it has no effect",
            ),
            _ => (
                Severity::Warning,
                "property is not supported: it has no effect",
            ),
        };
        let help = "remove it, or do not count on it";
        prim.find(severity, "SC0102", name, message, help);
    }
}

/// Whether a name is one that is read.
fn fits(read: &str, name: &str) -> bool {
    match read.split_once('*') {
        Some((start, end)) => {
            let rest = name.strip_prefix(start);
            rest.is_some_and(|rest| rest.ends_with(end))
        }
        None => read == name,
    }
}

/// A name as the table has it: with a star for the instance of a schema.
fn pattern(name: &str) -> String {
    let mut parts: Vec<&str> = name.split(':').collect();
    if parts.len() == 3 && !table().contains_key(name) {
        parts[1] = "*";
    }
    parts.join(":")
}

/// Whether a property says what its schema falls back to.
fn is_fallback(prim: &PrimReader<'_>, name: &str, fallback: &str) -> bool {
    let Ok(Some((found, _))) = prim.opinions.value(name) else {
        // A relationship, or an attribute without a value.
        return prim.targets(name).is_empty();
    };
    same(&found, fallback)
}

/// Whether a value is the one that a schema's table writes.
pub(crate) fn same(found: &Value, written: &str) -> bool {
    let near = |a: f64, b: f64| a == b || (a - b).abs() <= 1e-6 * a.abs().max(b.abs());
    let listed = || -> Vec<f64> {
        let inner = written.trim_matches(['(', ')', '[', ']']);
        inner
            .split(',')
            .filter_map(|x| x.trim().parse().ok())
            .collect()
    };
    let all = |found: &[f64]| {
        let listed = listed();
        found.len() == listed.len() && found.iter().zip(listed).all(|(a, b)| near(*a, b))
    };
    if let Value::Bool(found) = found {
        return written == if *found { "True" } else { "False" };
    }
    if let Some(text) = value::text(found) {
        return text == written;
    }
    if let Value::AssetPath(path) = found {
        return path.authored_path.is_empty();
    }
    if let Some(number) = value::number(found) {
        return written.parse().is_ok_and(|w| near(number, w));
    }
    if let Some(v) = value::triple(found) {
        return all(&v);
    }
    if let Some(v) = value::pair(found) {
        return all(&v);
    }
    if let Some(list) = value::numbers(found) {
        return all(&list);
    }
    value::texts(found).is_some_and(|texts| format!("[{}]", texts.join(", ")) == written)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table is complete and every name that is read stands in it.
    #[test]
    fn names() {
        assert!(table().len() > 700, "{}", table().len());
        for read in READ.iter().chain(&WORDS) {
            assert!(table().keys().any(|name| fits(read, name)), "{read}");
        }
        assert_eq!(
            pattern("physxLimit:rotX:stiffness"),
            "physxLimit:*:stiffness"
        );
        assert_eq!(pattern("mjc:option:timestep"), "mjc:option:timestep");
    }

    /// Fallbacks are recognised whatever the width of the number in the file.
    #[test]
    fn fallbacks() {
        assert!(same(&Value::Float(0.05), "0.05000000074505806"));
        assert!(same(&Value::Double(0.02), "0.02"));
        assert!(same(&Value::Float(f32::NEG_INFINITY), "-inf"));
        assert!(same(&Value::Bool(true), "True"));
        assert!(!same(&Value::Bool(true), "False"));
        assert!(same(&Value::DoubleVec(vec![0.02, 1.0]), "[0.02, 1]"));
        assert!(!same(&Value::DoubleVec(vec![0.02, 2.0]), "[0.02, 1]"));
    }
}
