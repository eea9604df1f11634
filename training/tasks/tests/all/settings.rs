//! What a task refuses, and in which words.

use std::sync::Arc;

use halle_model::{Link, Model};
use halle_tasks::polish::{PolishConfig, PolishTask, TaskError};

use crate::arm::cell;

fn refused(model: Model, change: impl FnOnce(&mut PolishConfig)) -> TaskError {
    let mut config = PolishConfig::default();
    change(&mut config);
    PolishTask::new(Arc::new(model), config).unwrap_err()
}

#[test]
fn control_step_holds_whole_substeps() {
    // 1/60 s over 2 ms is 8.33.
    let error = refused(cell(), |config| config.control_rate = 60.0);
    assert!(matches!(error, TaskError::ControlStep { .. }), "{error:?}");
    assert!(
        error
            .to_string()
            .ends_with("is not a whole number of substeps of 0.002 s"),
        "{error}"
    );
    // 1/1000 s is half a substep.
    let error = refused(cell(), |config| config.control_rate = 1000.0);
    assert!(matches!(error, TaskError::ControlStep { .. }), "{error:?}");
    for rate in [50.0, 100.0, 125.0, 500.0] {
        let config = PolishConfig {
            control_rate: rate,
            ..PolishConfig::default()
        };
        let task = PolishTask::new(Arc::new(cell()), config).unwrap();
        assert_eq!(task.horizon_steps() as f64, 24.0 * rate);
    }
}

#[test]
fn piece_must_be_within_reach() {
    // The arm is 1.3 m long; the start of the raster is then more than 1.5 m away from it.
    let mut model = cell();
    model.workpiece.world_from_workpiece.translation[0] += 2.0;
    let error = refused(model, |_| {});
    let TaskError::OutOfReach { missed_mm, .. } = error else {
        panic!("{error:?}")
    };
    assert!(missed_mm > 1000.0, "{missed_mm}");
    assert!(
        error
            .to_string()
            .starts_with("the arm cannot reach the start of the raster: ")
    );
}

#[test]
fn settings_are_checked() {
    type Change = fn(&mut PolishConfig);
    let cases: [(&str, Change); 7] = [
        ("control_rate", |config| config.control_rate = 0.0),
        ("control_rate", |config| config.control_rate = f64::NAN),
        ("horizon", |config| config.horizon = 0.0),
        ("cell", |config| config.cell = 0.0),
        ("feed", |config| config.controller.feed = -0.1),
        ("line_spacing", |config| {
            config.controller.line_spacing = 0.0;
        }),
        ("feed", |config| config.controller.feed = f64::NAN),
    ];
    for (name, change) in cases {
        let error = refused(cell(), change);
        assert!(
            matches!(error, TaskError::Setting { name: n, .. } if n == name),
            "{error:?}"
        );
        assert!(
            error
                .to_string()
                .starts_with(&format!("setting `{name}` is ")),
            "{error}"
        );
    }
}

#[test]
fn arms_have_one_to_eight_joints() {
    let with = |links: Vec<Link>| Model { links, ..cell() };
    let last = cell().links[5].clone();
    let many: Vec<Link> = cell().links.into_iter().chain(vec![last; 3]).collect();
    assert_eq!(many.len(), 9);
    for links in [Vec::new(), many] {
        let error = refused(with(links), |_| {});
        assert!(
            matches!(error, TaskError::Setting { name: "joints", .. }),
            "{error:?}"
        );
    }
}

#[test]
fn settings_read_back_as_written() {
    let config = PolishConfig {
        horizon: 7.5,
        ..PolishConfig::default()
    };
    let text = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<PolishConfig>(&text).unwrap(), config);
    // What is left out has its default; what nobody knows is an error.
    assert_eq!(
        serde_json::from_str::<PolishConfig>("{\"horizon\": 7.5}").unwrap(),
        config
    );
    let error = serde_json::from_str::<PolishConfig>("{\"horizont\": 7.5}").unwrap_err();
    assert!(
        error.to_string().contains("unknown field `horizont`"),
        "{error}"
    );
}

#[test]
fn start_is_above_the_start_of_the_raster() {
    use halle_dynamics::{forward_kinematics, pad_from};
    let task = PolishTask::new(Arc::new(cell()), PolishConfig::default()).unwrap();
    let model = task.model();
    let pad = pad_from(model, &forward_kinematics(model, task.start()));
    let world = &model.workpiece.world_from_workpiece;
    let place = world
        .inverse()
        .point([pad.origin.x, pad.origin.y, pad.origin.z]);
    let raster = task.raster();
    let [x, y] = [-0.5 * raster.line, raster.first_y];
    let height = 0.4 * x * x - 0.5 * y * y;
    // Clearance is along the normal of z = 0.4 x^2 - 0.5 y^2; the solver stops within 0.1 mm.
    let normal = [-0.8 * x, y, 1.0];
    let length = normal.iter().map(|n| n * n).sum::<f64>().sqrt();
    let clearance = task.config().controller.clearance;
    for (k, exact) in [x, y, height].into_iter().enumerate() {
        let exact = exact + clearance * normal[k] / length;
        assert!(
            (place[k] - exact).abs() < 1.0e-4,
            "axis {k}: {} {exact}",
            place[k]
        );
    }
}
