//! Values at a time, value clips and list edits.
//!
//! The expected numbers are those of usd-core 26.11 on the same files, given by their closed form.

use std::fs;
use std::path::Path;

use halle_stage::open::{OpenOptions, Scene};
use halle_stage::read;
use openusd::sdf::{ListOp, Value};
use serde_json::Value as Json;

use super::folder;

/// Times asked for: ends, samples, between them, and the last moment before a jump at 16.
const TIMES: [f64; 19] = [
    -1.0,
    0.0,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    15.999_999_999,
    16.0,
    19.0,
    20.0,
    22.0,
    25.0,
    30.0,
    35.0,
    40.0,
    50.0,
    60.0,
];

/// Compares an attribute with a function of time; how many values were compared.
fn over_time(data: &Path, file: &str, attribute: &str, law: impl Fn(f64) -> f64) -> usize {
    let scene = Scene::open(&data.join(file), &OpenOptions::default()).unwrap();
    let attribute = scene.stage().attribute(attribute).unwrap();
    for time in TIMES {
        let value = match read::value(&attribute, Some(time)).unwrap() {
            Some(Value::Float(x)) => f64::from(x),
            Some(Value::Double(x)) => x,
            other => panic!("{file} at {time}: expected a number, got {other:?}"),
        };
        // Values are single precision, below 30.
        let expected = law(time);
        assert!(
            (value - expected).abs() <= 2e-6,
            "{file} at {time}: {expected}, got {value}"
        );
    }
    TIMES.len()
}

/// Linear between samples, held beyond them.
fn linear(samples: &[(f64, f64)], time: f64) -> f64 {
    let (first, last) = (samples[0], samples[samples.len() - 1]);
    if time <= first.0 {
        return first.1;
    }
    let pair = samples.windows(2).find(|pair| time < pair[1].0);
    pair.map_or(last.1, |pair| {
        let ((t0, v0), (t1, v1)) = (pair[0], pair[1]);
        v0 + (v1 - v0) * (time - t0) / (t1 - t0)
    })
}

#[test]
fn samples_and_clips_resolve_as_in_usd_core() {
    let Some(data) = folder("value_resolution/tests/assets") else {
        return;
    };
    let sampled = |time| linear(&[(1.0, 5.0), (30.0, 10.0), (40.0, 15.0)], time);
    let mut compared = over_time(&data, "timesamples/entry.usd", "/Root.root", sampled);
    compared += over_time(&data, "timesamples/usda/entry.usda", "/Root.root", sampled);
    compared += over_time(&data, "default/entry.usd", "/Root.root", sampled);
    // The clip holds its own time, negated for a weaker opinion that it hides; its end is 25.
    let size = |time: f64| time.clamp(0.0, 25.0);
    compared += over_time(&data, "clip_basic/entry.usd", "/Model.size", size);
    compared += over_time(&data, "clip_advanced/entry.usd", "/Model.ref", |time| {
        -size(time)
    });
    // A local opinion hides the clip.
    let local = |time: f64| time.clamp(0.0, 20.0);
    compared += over_time(&data, "clip_advanced/entry.usd", "/Model.local", local);
    // Sets by name: 10, 20, 30 at 0, 1, 2.
    let set = |time: f64| 10.0 + 10.0 * time.clamp(0.0, 2.0);
    compared += over_time(&data, "clip_sets/entry.usd", "/DefaultOrderTest.attr", set);
    // The clip's time runs from 10 to 20 over 0 to 20, then again over 20 to 40.
    let timing = |time: f64| {
        let time = time.clamp(0.0, 40.0);
        10.0 + if time < 20.0 { time } else { time - 20.0 } * 0.5
    };
    compared += over_time(&data, "clip_timings/entry.usd", "/Model.size", timing);
    // Two clips: -5, -10, -15 at 5, 10, 15; then -23, -26, -29 at 3, 6, 9 after 16.
    let multi = |time: f64| {
        if time < 16.0 {
            -time.clamp(5.0, 15.0)
        } else {
            -(time - 16.0).clamp(3.0, 9.0) - 20.0
        }
    };
    compared += over_time(&data, "clip_multi/entry.usd", "/Model_1.size", multi);
    println!("value resolution: {compared} of {compared} values equal");
}

#[test]
fn the_default_is_read_without_a_time() {
    let Some(data) = folder("value_resolution/tests/assets") else {
        return;
    };
    let file = data.join("default/entry.usd");
    let scene = Scene::open(&file, &OpenOptions::default()).unwrap();
    let attribute = scene.stage().attribute("/Root.root").unwrap();
    assert_eq!(
        read::value(&attribute, None).unwrap(),
        Some(Value::Float(2.0))
    );
}

fn list(json: &Json, name: &str) -> Option<Vec<i64>> {
    let items = json.get(name)?.as_array()?;
    Some(items.iter().map(|item| item.as_i64().unwrap()).collect())
}

fn list_op(json: &Json) -> ListOp<i64> {
    let explicit = list(json, "explicit_items");
    ListOp {
        explicit: explicit.is_some(),
        explicit_items: explicit.unwrap_or_default(),
        prepended_items: list(json, "prepended_items").unwrap_or_default(),
        appended_items: list(json, "appended_items").unwrap_or_default(),
        deleted_items: list(json, "deleted_items").unwrap_or_default(),
        ..ListOp::default()
    }
}

#[test]
fn chains_of_list_edits_combine_as_specified() {
    let Some(data) = folder("data_types/tests/combine_chain") else {
        return;
    };
    let mut compared = 0;
    for entry in fs::read_dir(data).unwrap() {
        let file = entry.unwrap().path();
        let cases: Json = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        for case in cases.as_array().unwrap() {
            let chain: Vec<_> = case["chain"]
                .as_array()
                .unwrap()
                .iter()
                .map(list_op)
                .collect();
            let weaker = chain[1..].iter();
            let whole = weaker.fold(chain[0].clone(), |strong, weak| strong.combined_with(weak));
            let expected = list_op(&case["combined_reduced"]);
            assert_eq!(
                whole.reduced(),
                expected,
                "{}: {}",
                file.display(),
                case["description"]
            );
            compared += 1;
        }
    }
    println!("list edits: {compared} of {compared} chains equal");
    assert!(compared > 0, "the folder holds chains");
}
