//! Loads a scene and says what it holds, how long that took and how much memory it needed.

#![expect(clippy::print_stdout, reason = "a program for people")]

use std::time::Instant;

use halle_world::Plant;
use halle_world::components::{Collider, Joint, RigidBody};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a scene")?;
    let start = Instant::now();
    let (world, findings) = halle_scenes::load(&path)?;
    let seconds = start.elapsed().as_secs_f64();
    let plant = world.get_resource::<Plant>().ok_or("no plant")?;
    let count = |has: &dyn Fn(halle_world::Entity) -> bool| {
        plant.entities.iter().filter(|e| has(**e)).count()
    };
    let peak = std::fs::read_to_string("/proc/self/status")?;
    let peak = peak.lines().find(|l| l.starts_with("VmHWM")).unwrap_or("");
    println!(
        "{} prims, {} bodies, {} colliders, {} joints, {} findings in {seconds:.3} s, {peak}",
        plant.entities.len(),
        count(&|e| world.get::<RigidBody>(e).is_some()),
        count(&|e| world.get::<Collider>(e).is_some()),
        count(&|e| world.get::<Joint>(e).is_some()),
        findings.findings().len(),
    );
    for finding in findings.findings().iter().take(10) {
        println!("{finding}");
    }
    Ok(())
}
