//! A toy: a mass in a plane is pushed to a point, with friction, and must not leave the field.

use halle_learn::{EnvError, StepRows, VecEnv, pcg4d};

/// Time step \[s\].
const DT: f32 = 0.1;
/// Control steps until an episode is cut off.
const LENGTH: u32 = 40;
/// Distance from the middle at which an episode is lost \[m\].
const EDGE: f32 = 2.0;

/// `env_count` masses; an observation is the way to the point [km], so that the normaliser has
/// work to do, and the velocity \[m/s\].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PointMass {
    masses: Vec<Mass>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mass {
    position: [f32; 2],
    velocity: [f32; 2],
    target: [f32; 2],
    step: u32,
    episode: u32,
}

impl PointMass {
    pub(crate) fn new(env_count: usize) -> Self {
        let mut toy = Self {
            masses: vec![Mass::default(); env_count],
        };
        for env in 0..env_count {
            toy.reset(env);
            // Episodes do not end in step with each other.
            toy.masses[env].step = env as u32 % LENGTH;
        }
        toy
    }

    fn reset(&mut self, env: usize) {
        let mass = &mut self.masses[env];
        let words = pcg4d([env as u32, mass.episode, 17, 4]);
        let [a, b, c, d] = words.map(|w| w as f32 * 2.0_f32.powi(-31) - 1.0);
        *mass = Mass {
            position: [a, b],
            target: [c, d],
            episode: mass.episode + 1,
            ..Mass::default()
        };
    }

    fn write(mass: &Mass, row: &mut [f32]) {
        for i in 0..2 {
            row[i] = (mass.target[i] - mass.position[i]) * 1e-3;
            row[2 + i] = mass.velocity[i];
        }
    }
}

impl VecEnv for PointMass {
    fn env_count(&self) -> usize {
        self.masses.len()
    }
    fn observation_dim(&self) -> usize {
        4
    }
    fn action_dim(&self) -> usize {
        2
    }
    fn observe(&mut self, observation: &mut [f32]) -> Result<(), EnvError> {
        for (mass, row) in self.masses.iter().zip(observation.chunks_exact_mut(4)) {
            Self::write(mass, row);
        }
        Ok(())
    }
    fn step(&mut self, actions: &[f32], rows: &mut StepRows) -> Result<(), EnvError> {
        for env in 0..self.masses.len() {
            let mass = &mut self.masses[env];
            let mut squares = 0.0;
            let mut out = false;
            for i in 0..2 {
                let push = 4.0 * actions[env * 2 + i].clamp(-1.0, 1.0) - mass.velocity[i];
                mass.velocity[i] += DT * push;
                mass.position[i] += DT * mass.velocity[i];
                squares += (mass.target[i] - mass.position[i]).powi(2);
                out |= mass.position[i].abs() > EDGE;
            }
            mass.step += 1;
            rows.reward[env] = if out { -20.0 } else { -squares.sqrt() };
            rows.terminated[env] = out;
            rows.truncated[env] = !out && mass.step >= LENGTH;
            let row = env * 4..env * 4 + 4;
            if rows.terminated[env] || rows.truncated[env] {
                Self::write(mass, &mut rows.final_observation[row.clone()]);
                self.reset(env);
            }
            Self::write(&self.masses[env], &mut rows.observation[row]);
        }
        Ok(())
    }
    fn save(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for m in &self.masses {
            for x in [m.position, m.velocity, m.target].into_iter().flatten() {
                bytes.extend(x.to_bits().to_le_bytes());
            }
            bytes.extend(m.step.to_le_bytes());
            bytes.extend(m.episode.to_le_bytes());
        }
        bytes
    }
    fn restore(&mut self, state: &[u8]) -> Result<(), EnvError> {
        if state.len() != self.masses.len() * 32 {
            return Err("state of another number of masses".into());
        }
        for (mass, bytes) in self.masses.iter_mut().zip(state.chunks_exact(32)) {
            let word = |i: usize| u32::from_le_bytes([0, 1, 2, 3].map(|k| bytes[i * 4 + k]));
            let pair = |i: usize| [f32::from_bits(word(i)), f32::from_bits(word(i + 1))];
            *mass = Mass {
                position: pair(0),
                velocity: pair(2),
                target: pair(4),
                step: word(6),
                episode: word(7),
            };
        }
        Ok(())
    }
}
