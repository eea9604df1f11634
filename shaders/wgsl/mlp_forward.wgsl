// mlp_forward: the action that a small policy network gives for an observation.
//
// One invocation per env. Observations are normalised with (x - mean) / std and clipped to ±clip;
// then come dense layers, with tanh or elu after all but the last. Arrays over envs hold one row
// of envs per element: element k of env e is at k * env_count + e. Layers are computed four outputs at
// a time, so that an input is read once for four products.
//
// header : see `Header`; dims has layer_count + 1 entries, from observation to action
// weights: mean, std (one per observation), then per layer the matrix, one row per output, and the bias
// hidden : scratch, two halves of `width` rows each; a layer reads one half and writes the other
//
// reads : header, weights, observation     writes: hidden, action
// mirror: src/mirror/mlp_forward.rs
// method: tanh by a rational function of degree 13 over 6, as in Eigen (error below 1e-6)

struct Header {
    env_count: u32,
    layer_count: u32,
    // 0: tanh, 1: elu
    activation: u32,
    // The most inputs that a layer has.
    width: u32,
    // In units of the standard deviation.
    clip: f32,
    dims: array<u32>,
}

@group(0) @binding(0) var<storage, read> header: Header;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> observation: array<f32>;
@group(0) @binding(3) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(4) var<storage, read_write> action: array<f32>;

fn tanh_rational(x: f32) -> f32 {
    // Beyond this tanh is one to the last bit.
    let y = clamp(x, -7.9053111f, 7.9053111f);
    let y2 = y * y;
    var p = fma(y2, -2.7607685e-16f, 2.000188e-13f);
    p = fma(y2, p, -8.604672e-11f);
    p = fma(y2, p, 5.122297e-8f);
    p = fma(y2, p, 1.4857224e-5f);
    p = fma(y2, p, 6.3726194e-4f);
    p = fma(y2, p, 4.8935246e-3f);
    var q = fma(y2, 1.1982584e-6f, 1.1853471e-4f);
    q = fma(y2, q, 2.2684346e-3f);
    q = fma(y2, q, 4.8935253e-3f);
    return y * p / q;
}

fn activate(x: f32) -> f32 {
    if (header.activation == 0u) {
        return tanh_rational(x);
    }
    return select(exp(min(x, 0.0f)) - 1.0f, x, x > 0.0f);
}

// Hands output k of a layer on.
fn layer_output(layer: u32, k: u32, env: u32, x: f32) {
    if (layer + 1u == header.layer_count) {
        action[k * header.env_count + env] = x;
    } else {
        let half = ((layer + 1u) % 2u) * header.width;
        hidden[(half + k) * header.env_count + env] = activate(x);
    }
}

@compute @workgroup_size(64)
fn mlp_forward(@builtin(global_invocation_id) id: vec3<u32>) {
    let env = id.x;
    if (env >= header.env_count) {
        return;
    }
    let env_count = header.env_count;
    let observations = header.dims[0];
    for (var k = 0u; k < observations; k += 1u) {
        let scaled = (observation[k * env_count + env] - weights[k]) / weights[observations + k];
        hidden[k * env_count + env] = clamp(scaled, -header.clip, header.clip);
    }
    var matrix = 2u * observations;
    for (var layer = 0u; layer < header.layer_count; layer += 1u) {
        let inputs = header.dims[layer];
        let outputs = header.dims[layer + 1u];
        let bias = matrix + inputs * outputs;
        let half = (layer % 2u) * header.width;
        for (var k = 0u; k < outputs; k += 4u) {
            // The last four may reach over the end; they then compute the last one again.
            let last = outputs - 1u;
            let k1 = min(k + 1u, last);
            let k2 = min(k + 2u, last);
            let k3 = min(k + 3u, last);
            let row = vec4<u32>(matrix) + vec4<u32>(k, k1, k2, k3) * inputs;
            var sum = vec4<f32>(
                weights[bias + k],
                weights[bias + k1],
                weights[bias + k2],
                weights[bias + k3],
            );
            for (var i = 0u; i < inputs; i += 1u) {
                let x = hidden[(half + i) * env_count + env];
                let column = vec4<f32>(
                    weights[row.x + i],
                    weights[row.y + i],
                    weights[row.z + i],
                    weights[row.w + i],
                );
                sum = fma(column, vec4<f32>(x), sum);
            }
            layer_output(layer, k, env, sum.x);
            layer_output(layer, k1, env, sum.y);
            layer_output(layer, k2, env, sum.z);
            layer_output(layer, k3, env, sum.w);
        }
        matrix = bias + outputs;
    }
}
