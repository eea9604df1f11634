//! scratch
use halle_stage::open::{OpenOptions, Scene};
use halle_stage::physics::*;
use std::time::Instant;
#[test]
fn scratch() {
    let f = std::env::var("SCRATCH").unwrap();
    let t = Instant::now();
    let scene = Scene::open(std::path::Path::new(&f), &OpenOptions::default()).unwrap();
    println!("open {:?}", t.elapsed());
    let t = Instant::now();
    let p = parse(&scene);
    println!(
        "parse {:?} {} {} {}",
        t.elapsed(),
        p.shapes.len(),
        p.bodies.len(),
        p.joints.len()
    );
    drop(p);
    let t = Instant::now();
    let p = parse(&scene);
    println!("parse again {:?} {}", t.elapsed(), p.shapes.len());
    let t = Instant::now();
    let m = mass_properties(&scene, MassRules::Physical);
    println!(
        "mass {:?} {} {}",
        t.elapsed(),
        m.len(),
        m.iter().map(|b| f64::from(b.mass)).sum::<f64>()
    );
}
