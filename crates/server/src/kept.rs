//! What was prepared for one query and serves others: a lab asks for many perturbations of one
//! sample, and for one perturbation of many.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use refcast_core::Query;
use refcast_model::{IsUnwanted, Model, PerturbedReference, Plan, Reference, Result};

/// Bytes of plans that are kept, roughly: a plan is 1 to 30 million.
const PLAN_BYTES: usize = 150_000_000;
/// References under a perturbation that are kept: each is about a million bytes.
const CASES: usize = 32;

/// Plans and cases, the most recently used last.
#[derive(Default)]
pub struct Kept {
    plans: Mutex<Vec<Plan>>,
    cases: Mutex<Vec<Arc<PerturbedReference>>>,
}

impl Kept {
    /// The plan of a query. What was prepared for its perturbation before is used again.
    ///
    /// # Errors
    /// As [`Model::plan_unless`].
    pub fn plan(&self, model: &Model, query: &Query, is_unwanted: IsUnwanted<'_>) -> Result<Plan> {
        {
            let mut plans = locked(&self.plans);
            let known = plans.iter().enumerate();
            let known = known
                .rev()
                .find_map(|(at, plan)| Some((at, plan.replan(query)?)));
            if let Some((at, plan)) = known {
                let used = plans.remove(at);
                plans.push(used);
                return Ok(plan);
            }
        }
        // Not under the lock: it takes a while, and others must not wait for it.
        let plan = model.plan_unless(query, is_unwanted)?;
        let mut plans = locked(&self.plans);
        plans.push(plan.clone());
        let mut bytes: usize = plans.iter().map(Plan::bytes).sum();
        while bytes > PLAN_BYTES && plans.len() > 1 {
            bytes -= plans.remove(0).bytes();
        }
        Ok(plan)
    }

    /// A reference under a plan's perturbation.
    ///
    /// # Errors
    /// As [`Model::case`].
    pub fn case(
        &self,
        model: &Model,
        plan: &Plan,
        reference: &Reference,
    ) -> Result<Arc<PerturbedReference>> {
        {
            let mut cases = locked(&self.cases);
            let known = cases.iter().rposition(|case| case.is_of(plan, reference));
            if let Some(at) = known {
                let used = cases.remove(at);
                cases.push(Arc::clone(&used));
                return Ok(used);
            }
        }
        let case = Arc::new(model.case(plan, reference)?);
        let plans = locked(&self.plans);
        let mut cases = locked(&self.cases);
        // A case holds what its plan has prepared, which is to go when the plan goes.
        cases.retain(|case| plans.iter().any(|plan| case.is_under(plan)));
        if cases.len() == CASES {
            cases.remove(0);
        }
        cases.push(Arc::clone(&case));
        Ok(case)
    }
}

/// A panic elsewhere cannot leave a list half-changed: entries are moved whole.
fn locked<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    list.lock().unwrap_or_else(PoisonError::into_inner)
}
