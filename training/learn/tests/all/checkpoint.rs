//! A checkpoint resumes to the bit, and refuses what it is not.

use std::fs;
use std::path::PathBuf;

use halle_learn::{Checkpoint, CheckpointError, LearnError, Learner, PpoConfig, RewardScale};
use serde_json::json;

use crate::point_mass::PointMass;

/// A folder of one test, emptied first.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn config() -> PpoConfig {
    PpoConfig {
        horizon: 9,
        reward_scale: RewardScale::ReturnDeviation,
        learning_rate: 0.000_7,
        ..PpoConfig::default()
    }
}

#[test]
fn resumed_training_has_the_bits_of_training_without_a_break() {
    let path = folder("resume").join("checkpoint.safetensors");
    let mut env = PointMass::new(50);
    let mut learner = Learner::new(config(), 4, 2, 50, u64::MAX - 1).unwrap();
    for _ in 0..3 {
        learner.iterate(&mut env).unwrap();
    }
    let user = json!({ "name": "toy", "best": [1.5, null] });
    Checkpoint::of(&learner, &env, "scene-1", user.clone())
        .save(&path)
        .unwrap();
    let straight: Vec<_> = (0..4).map(|_| learner.iterate(&mut env).unwrap()).collect();

    let loaded = Checkpoint::load(&path).unwrap();
    assert_eq!(
        (loaded.iteration(), loaded.seed(), loaded.user()),
        (3, u64::MAX - 1, &user)
    );
    assert_eq!(
        (loaded.config(), loaded.scene_hash()),
        (&config(), "scene-1")
    );
    let mut other_env = PointMass::new(50);
    let mut resumed = loaded.resume("scene-1", &mut other_env).unwrap();
    for before in straight {
        let after = resumed.iterate(&mut other_env).unwrap();
        // Everything but wall times.
        assert_eq!(
            (
                before.iteration,
                before.mean_reward,
                before.value_loss,
                before.kl
            ),
            (
                after.iteration,
                after.mean_reward,
                after.value_loss,
                after.kl
            )
        );
        assert_eq!(before.mean_episode_return, after.mean_episode_return);
    }
    assert_eq!(env, other_env);
    // The whole state, through the file itself.
    let ends = [(&learner, &env), (&resumed, &other_env)].map(|(learner, env)| {
        Checkpoint::of(learner, env, "scene-1", json!(null))
            .save(&path)
            .unwrap();
        fs::read(&path).unwrap()
    });
    assert!(ends[0] == ends[1]);
    assert_eq!(
        fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1,
        "no temporary file"
    );
}

#[test]
fn another_scene_or_other_dimensions_are_refused() {
    let path = folder("other").join("c.safetensors");
    let env = PointMass::new(6);
    let learner = Learner::new(config(), 4, 2, 6, 1).unwrap();
    Checkpoint::of(&learner, &env, "aa", json!(null))
        .save(&path)
        .unwrap();
    let loaded = Checkpoint::load(&path).unwrap();
    let error = loaded.resume("bb", &mut PointMass::new(6)).unwrap_err();
    let LearnError::Resume(CheckpointError::Scene {
        expected, given, ..
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!((expected.as_str(), given.as_str()), ("bb", "aa"));
    let error = loaded.resume("aa", &mut PointMass::new(7)).unwrap_err();
    let LearnError::Resume(CheckpointError::Shape {
        what,
        expected: 7,
        given: 6,
        ..
    }) = error
    else {
        panic!("{error}");
    };
    assert_eq!(what, "env count");
}

#[test]
fn damaged_and_foreign_files_are_named_as_such() {
    let folder = folder("damaged");
    let path = folder.join("c.safetensors");
    let env = PointMass::new(6);
    let learner = Learner::new(config(), 4, 2, 6, 1).unwrap();
    Checkpoint::of(&learner, &env, "aa", json!(null))
        .save(&path)
        .unwrap();
    let whole = fs::read(&path).unwrap();
    for length in [whole.len() - 1, whole.len() / 2, 1000, 20] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = Checkpoint::load(&path).unwrap_err();
        assert!(
            matches!(error, CheckpointError::Truncated { .. }),
            "{length}: {error}"
        );
    }
    for foreign in [
        &b""[..],
        b"abc",
        b"PK\x03\x04 not a checkpoint but a zip file",
        &[0; 64],
    ] {
        fs::write(&path, foreign).unwrap();
        let error = Checkpoint::load(&path).unwrap_err();
        assert!(
            matches!(error, CheckpointError::NotACheckpoint { .. }),
            "{error}"
        );
    }
    // Any one byte of the header changed: an error or a checkpoint, never a panic.
    let header = u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for place in (0..header).step_by(13) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x15;
        fs::write(&path, &bytes).unwrap();
        if let Ok(loaded) = Checkpoint::load(&path) {
            drop(loaded.resume("aa", &mut PointMass::new(6)));
        }
    }
    let error = Checkpoint::load(&folder.join("none")).unwrap_err();
    assert!(
        matches!(error, CheckpointError::Io { what: "read", .. }),
        "{error}"
    );
    let nowhere = folder.join("missing").join("c");
    let error = Checkpoint::of(&learner, &env, "aa", json!(null))
        .save(&nowhere)
        .unwrap_err();
    assert!(
        matches!(error, CheckpointError::Io { what: "write", .. }),
        "{error}"
    );
}
