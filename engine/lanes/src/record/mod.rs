//! The recorder: runs a law once over [`Rec`] and prints what it did as WGSL.
//!
//! A [`Rec`] is a name for a node of an expression graph that lives in the thread while [`record`] runs.
//! The graph folds constants as the `f32` lane would compute them, shares common terms and keeps
//! [`Lane::repeat`](crate::Lane::repeat) as a loop; [`Recording::wgsl`] prints what a store depends on and
//! nothing else. Files: `spec` names the arrays, `graph` holds nodes and loops, `memory` what loads
//! see, `fold` the algebra, `lane` the handles, `live` what is needed, `print` the text.

mod fold;
mod graph;
mod lane;
mod live;
mod memory;
mod print;
mod spec;

use core::cell::{Cell, RefCell};

use graph::Graph;
pub use lane::{Rec, RecBits, RecIndex, RecMask};
pub use live::OperationCount;
pub use spec::{Access, ArrayId, ArraySpec, KernelSpec};

thread_local! {
    static GRAPH: RefCell<Option<Graph>> = const { RefCell::new(None) };
    static SESSIONS: Cell<u32> = const { Cell::new(0) };
}

/// What a law did, as a graph that is ready to be printed.
#[derive(Clone, Debug)]
pub struct Recording {
    graph: Graph,
    plan: live::Plan,
}

/// Runs `law` once with [`Rec`] as its lane and keeps what it computed.
///
/// The law reads and writes through the [`ArrayId`]s that `spec` handed out, or through
/// [`Rec::input_word`].
///
/// ```
/// use halle_lanes::{KernelSpec, Lane, Rec, record};
///
/// fn scale<S: Lane>(input: &S::Array<'_>, output: &mut S::Array<'_>) {
///     let x = S::load(input, S::index(2));
///     S::store(output, S::index(0), x * S::lit(3.0) + x * S::lit(0.0));
/// }
///
/// let mut spec = KernelSpec::new("scale").with_about("three times element 2");
/// let input = spec.read("input");
/// let mut output = spec.read_write("output");
/// let recording = record(spec, || scale::<Rec>(&input, &mut output));
/// assert!(recording.wgsl().contains("output[env] = input[2u * env_count + env] * 3.0f;"));
/// ```
///
/// # Panics
///
/// If called inside of another `record` on the same thread, and if the law breaks a rule of the
/// recorder: a value carried out of a loop other than through `carry`, a store to an array that is
/// only read, a value of another recording.
pub fn record(spec: KernelSpec, law: impl FnOnce()) -> Recording {
    /// Leaves no graph behind when the law panics.
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            GRAPH.with(|graph| drop(graph.take()));
        }
    }
    let session = SESSIONS.get().wrapping_add(1);
    SESSIONS.set(session);
    GRAPH.with_borrow_mut(|graph| {
        assert!(graph.is_none(), "`record` was called inside of `record`");
        *graph = Some(Graph::new(spec, session));
    });
    let guard = Guard;
    law();
    let graph = with_graph(core::mem::take);
    drop(guard);
    let plan = live::Plan::new(&graph);
    Recording { graph, plan }
}

/// The graph that the thread is recording.
fn with_graph<T>(act: impl FnOnce(&mut Graph) -> T) -> T {
    GRAPH.with_borrow_mut(|graph| match graph {
        Some(graph) => act(graph),
        None => panic!("a `Rec` was used outside of `record`"),
    })
}

impl Recording {
    /// The kernel's name and arrays.
    pub fn spec(&self) -> &KernelSpec {
        &self.graph.spec
    }

    /// The kernel as WGSL: the same text for the same law and spec.
    ///
    /// Binding 0 is the uniform `params` with the one member `env_count: u32`; array `i` of the spec is
    /// binding `i + 1`. One invocation per env.
    pub fn wgsl(&self) -> String {
        print::print(&self.graph, &self.plan)
    }

    /// Operations that are printed, by kind in alphabetical order.
    pub fn operations(&self) -> Vec<OperationCount> {
        self.plan.operations(&self.graph)
    }

    /// Operations in the text, and operations that one env executes (loops counted by their turns).
    pub fn operation_totals(&self) -> (u64, u64) {
        self.operations()
            .iter()
            .fold((0, 0), |(printed, executed), kind| {
                (printed + kind.printed, executed + kind.executed)
            })
    }
}
