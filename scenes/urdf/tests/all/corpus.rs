//! Robots by others: what loads, what does not, and what they weigh.

use halle_urdf::{UrdfOptions, load};
use halle_world::Plant;
use halle_world::components::{AuthoredMass, Joint, RigidBody};

use crate::{corpus, robots};

/// Files that their authors hold for wrong are refused, with the line at fault; all others load.
#[test]
fn refusals() {
    let Some(corpus) = corpus() else { return };
    let files = robots(&corpus);
    assert!(files.len() >= 81, "{}", files.len());
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        match load(&file, &UrdfOptions::default()) {
            Ok(_) => assert!(!name.starts_with("error_"), "{name} is not refused"),
            Err(error) => {
                assert!(name.starts_with("error_"), "{error}");
                let layer = error.finding().site.layer;
                assert!(layer.starts_with(&format!("{name}.urdf:")), "{layer}");
            }
        }
    }
}

/// Bodies, joints and kilograms of the robots: sums of what their files write.
#[test]
fn robots_weigh_what_they_should() {
    let Some(corpus) = corpus() else { return };
    for (name, mass, bodies, moving) in [("ur10e", 33.104, 7, 6), ("fr3", 18.604, 11, 9)] {
        let file = corpus.join(format!("robots-urdf/{name}/{name}.urdf"));
        let (world, diagnostics) = load(&file, &UrdfOptions::default()).unwrap();
        let entities = &world.resource::<Plant>().entities;
        let masses = entities
            .iter()
            .filter_map(|e| world.get::<AuthoredMass>(*e)?.mass);
        // The figures are given to the gram.
        let sum: f64 = masses.sum();
        assert!((sum - mass).abs() < 5e-4, "{name}: {sum}\n{diagnostics}");
        let count = entities
            .iter()
            .filter(|e| world.get::<RigidBody>(**e).is_some())
            .count();
        assert_eq!(count, bodies, "{name}");
        let joints = entities.iter().filter_map(|e| world.get::<Joint>(*e));
        let moves = joints.filter(|j| j.motion != halle_world::components::Motion::Fixed);
        assert_eq!(moves.count(), moving, "{name}");
    }
}

/// The same file gives the same prims and findings in the same order, and names its inputs.
#[test]
fn reloads_are_equal() {
    let Some(corpus) = corpus() else { return };
    let file = corpus.join("robots-urdf/ur5e/ur5e.urdf");
    let loaded = [0, 1].map(|_| load(&file, &UrdfOptions::default()).unwrap());
    assert_eq!(loaded[0].1, loaded[1].1);
    let inputs = loaded
        .each_ref()
        .map(|(w, _)| w.resource::<Plant>().inputs.clone());
    assert_eq!(inputs[0], inputs[1]);
    // The robot and its seven collision meshes; the pictures' meshes are not there.
    assert_eq!(inputs[0].len(), 8);
    assert!(inputs[0].iter().all(|(_, hash)| hash.len() == 64));
    assert_eq!(inputs[0][0].0, "ur5e.urdf");
}
